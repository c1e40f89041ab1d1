import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * Starts a collector that discards all spans, so that only the server's cost of tracing is
 * measured.
 */
export async function startCollector(): Promise<{ url: string; stop(): void }> {
  const server = createServer((request, response) => {
    request.resume().once('end', () => response.writeHead(200, { 'content-type': 'application/json' }).end('{}'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stop = (): void => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`, stop };
}
