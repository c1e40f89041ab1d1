import { readFile, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Certificates, type Issued } from '../support/certificates.js';
import { FrameSocket } from '../support/frame-socket.js';
import { RawSocket } from '../support/raw-socket.js';
import { RedisRig } from '../support/redis-rig.js';
import { ServerRig } from '../support/server-rig.js';
import { TokenMint } from '../support/tokens.js';
import { until } from '../support/wait.js';

const NAMES = 'DNS:localhost,IP:127.0.0.1';
const RELOAD_MS = 100;

const tokens = new TokenMint();
let redis: RedisRig;
let certificates: Certificates;
let issued: Issued;
let ca: string;
let server: ServerRig;

const start = (env: Record<string, string>, node?: string): Promise<ServerRig> =>
  ServerRig.start({
    admin: true,
    ...(node && { node }),
    env: {
      REDIS_URL: redis.url,
      API_KEYS: 'main:test:key-of-the-tls-spec',
      JWT_SECRET: tokens.secret,
      TLS_RELOAD_MS: String(RELOAD_MS),
      ...env,
    },
  });

beforeAll(async () => {
  [redis, certificates] = await Promise.all([RedisRig.start(), Certificates.make()]);
  issued = await certificates.issue('server', NAMES);
  ca = await readFile(certificates.ca, 'utf8');
  server = await start({ TLS_CERT_FILE: issued.cert, TLS_KEY_FILE: issued.key });
});

afterAll(async () => {
  await server?.kill();
  await redis?.stop();
  await certificates?.remove();
});

/** Makes a handshake; rejects if it fails. */
function handshake(options: ConnectionOptions = {}): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port: server.port, host: '127.0.0.1', ca, ...options }, () => resolve(socket));
    socket.once('error', reject);
  });
}

async function agreed<T>(options: ConnectionOptions, read: (socket: TLSSocket) => T): Promise<T> {
  const socket = await handshake(options);
  const found = read(socket);
  socket.destroy();
  return found;
}

const serial = (): Promise<string> => agreed({}, (socket) => socket.getPeerCertificate().serialNumber);

describe('a server with a certificate', () => {
  it('answers only by TLS and tells browsers to stay with it', async () => {
    const headers = await new Promise<NodeJS.Dict<string | string[]>>((resolve, reject) => {
      const asked = request({ port: server.port, host: '127.0.0.1', path: '/health/live', ca }, (answer) => {
        answer.resume().once('end', () => resolve({ status: String(answer.statusCode), ...answer.headers }));
      });
      asked.once('error', reject).end();
    });
    expect(headers).toMatchObject({ status: '200', 'strict-transport-security': 'max-age=31536000' });
    const plain = await RawSocket.exchange(server.port, 'GET /health/live HTTP/1.1\r\nhost: a\r\n\r\n');
    expect(plain).not.toContain('HTTP/1.1 200');
  });

  it('opens sockets by wss, and serves operators without TLS at their own port', async () => {
    const url = `wss://127.0.0.1:${server.port}/ws`;
    const socket = await FrameSocket.open(url, { ca, token: await tokens.sign('ada') });
    expect(await socket.welcome()).toMatchObject({ user: 'ada' });
    socket.close();
    expect((await fetch(`${server.adminUrl}/metrics`)).headers.get('strict-transport-security')).toBeNull();
  });

  it.each<[string, ConnectionOptions]>([
    ['TLS 1.1', { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }],
    ['a cipher without forward secrecy', { maxVersion: 'TLSv1.2', ciphers: 'AES128-SHA:AES128-GCM-SHA256' }],
    ['CBC', { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA' }],
  ])('refuses %s', async (_, options) => {
    await expect(handshake(options)).rejects.toThrow(/alert/);
  });

  it.each<[string, ConnectionOptions, string]>([
    ['TLS 1.3', {}, 'TLSv1.3'],
    ['TLS 1.2', { maxVersion: 'TLSv1.2' }, 'TLSv1.2'],
    ['TLS 1.2 with P-256', { maxVersion: 'TLSv1.2', ecdhCurve: 'P-256' }, 'TLSv1.2'],
  ])('takes %s', async (_, options, protocol) => {
    expect(await agreed(options, (socket) => socket.getProtocol())).toBe(protocol);
  });

  it('takes over a new certificate while its sockets stay open, and keeps the old one if the new one is bad', async () => {
    const url = `wss://127.0.0.1:${server.port}/ws`;
    const socket = await FrameSocket.open(url, { ca, token: await tokens.sign('eve') });
    await socket.welcome();
    const before = await serial();
    await certificates.issue('server', NAMES);
    await until(async () => (await serial()) !== before);
    const renewed = await serial();

    await writeFile(issued.cert, 'no certificate');
    await until(() => server.log.some((line) => line.includes('The new certificate cannot be used')));
    expect(await serial()).toBe(renewed);

    await certificates.issue('server', NAMES);
    await until(async () => (await serial()) !== renewed);
    expect(await socket.request('ping', undefined, 'still open')).toMatchObject({ event: 'pong' });
    socket.close();
  });

  it('does not start without its files', async () => {
    const refused = start({ TLS_CERT_FILE: '/none/cert.pem', TLS_KEY_FILE: '/none/key.pem' });
    await expect(refused).rejects.toThrow('/none/cert.pem');
  });
});
