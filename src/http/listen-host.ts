import { createServer } from 'node:net';

const EVERY_ADDRESS = '::';
const EVERY_IPV4_ADDRESS = '0.0.0.0';

/** Host to listen on: `::` also accepts IPv4, but fails on a machine without IPv6. */
export async function listenHost(host: string): Promise<string> {
  if (host !== EVERY_ADDRESS) return host;
  return (await hasIpv6()) ? host : EVERY_IPV4_ADDRESS;
}

function hasIpv6(): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(0, EVERY_ADDRESS, () => probe.close(() => resolve(true)));
  });
}
