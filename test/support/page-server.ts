import { readFile } from 'node:fs/promises';
import { type Server, createServer } from 'node:http';
import { extname, join } from 'node:path';
import { freePort } from './free-port.js';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
};

/**
 * Server of pages from another origin than the server under test, like a team's own application.
 */
export class PageServer {
  private constructor(
    private readonly server: Server,
    readonly origin: string,
  ) {}

  /** @param pages a folder, or texts by path. */
  static async start(pages: string | Readonly<Record<string, string>>, onPort?: number): Promise<PageServer> {
    const read = async (path: string): Promise<string | Buffer | undefined> =>
      typeof pages === 'string' ? readFile(join(pages, path)).catch(() => undefined) : pages[path];
    const server = createServer(async ({ url = '/' }, response) => {
      const { pathname } = new URL(url, 'http://localhost');
      const path = pathname.endsWith('/') ? `${pathname}index.html` : pathname;
      const found = await read(path);
      response.writeHead(found === undefined ? 404 : 200, { 'content-type': TYPES[extname(path)] ?? 'text/plain' });
      response.end(found);
    });
    const port = onPort ?? (await freePort());
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    return new PageServer(server, `http://127.0.0.1:${port}`);
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
