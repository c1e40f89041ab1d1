import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { connect, type EphemeralKeyInfo } from 'node:tls';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Certificates } from '../support/certificates.js';
import { RedisRig } from '../support/redis-rig.js';
import { ServerRig } from '../support/server-rig.js';

/** Path of a Node that knows the post-quantum group; `npm test` installs one. */
const NODE = process.env['TEST_NODE_24'] ?? 'node';
const HYBRID = 'X25519MLKEM768';

const CLIENT = `
  const [port, ca, ecdhCurve] = process.argv.slice(1);
  const options = { port, host: '127.0.0.1', ca: require('fs').readFileSync(ca), ...(ecdhCurve && { ecdhCurve }) };
  const socket = require('tls').connect(options, () => {
    console.log(JSON.stringify(socket.getEphemeralKeyInfo()));
    socket.end();
  });
`;

let redis: RedisRig;
let certificates: Certificates;
let server: ServerRig;

beforeAll(async () => {
  [redis, certificates] = await Promise.all([RedisRig.start(), Certificates.make()]);
  const { cert, key } = await certificates.issue('server', 'DNS:localhost,IP:127.0.0.1');
  const env = {
    REDIS_URL: redis.url,
    API_KEYS: 'main:test:key-of-the-tls-spec',
    JWT_SECRET: 'a-secret-of-at-least-16',
    TLS_CERT_FILE: cert,
    TLS_KEY_FILE: key,
  };
  server = await ServerRig.start({ admin: true, node: NODE, env });
});

afterAll(async () => {
  await server?.kill();
  await redis?.stop();
  await certificates?.remove();
});

/** Returns the group that a client of the same Node negotiated with the server. */
async function groupOf(ecdhCurve = ''): Promise<unknown> {
  const args = ['-e', CLIENT, String(server.port), certificates.ca, ecdhCurve];
  return JSON.parse((await promisify(execFile)(NODE, args)).stdout);
}

describe('TLS of a server on Node 24', () => {
  it('agrees on the post-quantum group with a client that supports it', async () => {
    expect(await groupOf()).toMatchObject({ name: HYBRID });
    expect(await groupOf(HYBRID)).toMatchObject({ name: HYBRID });
  });

  it.each(['X25519', 'P-256'])('agrees on %s with a client that supports only that', async (group) => {
    expect(await groupOf(group)).toMatchObject({ type: 'ECDH', name: group === 'P-256' ? 'prime256v1' : group });
  });

  it('agrees on X25519 with the Node that runs this, if it is older', async () => {
    const [major = 0] = process.versions.node.split('.').map(Number);
    const ca = await readFile(certificates.ca);
    const info = await new Promise<EphemeralKeyInfo | object | null>((resolve, reject) => {
      const socket = connect({ port: server.port, host: '127.0.0.1', ca }, () => {
        resolve(socket.getEphemeralKeyInfo());
        socket.destroy();
      });
      socket.once('error', reject);
    });
    expect(info).toMatchObject({ name: major < 24 ? 'X25519' : HYBRID });
  });
});
