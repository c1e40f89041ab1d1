import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { FrameSocket } from '../support/frame-socket.js';
import { RawSocket } from '../support/raw-socket.js';
import { RedisRig } from '../support/redis-rig.js';
import { ServerRig } from '../support/server-rig.js';
import { TokenMint } from '../support/tokens.js';
import { until } from '../support/wait.js';

const API_KEY = 'key-of-the-operators-port-spec';
const ADMIN_KEY = 'admin-key-of-the-operators-spec';

let redis: RedisRig;
const tokens = new TokenMint();

beforeAll(async () => {
  redis = await RedisRig.start({ appendOnly: true });
});
afterAll(() => redis?.stop());

const start = (env: Record<string, string> = {}): Promise<ServerRig> =>
  ServerRig.start({
    admin: true,
    env: {
      NODE_ENV: 'production',
      REDIS_URL: redis.url,
      API_KEYS: `main:test:${API_KEY}`,
      ADMIN_KEYS: `ada:${ADMIN_KEY}`,
      JWT_SECRET: tokens.secret,
      DRAIN_MS: '1000',
      ...env,
    },
  });

const statusOf = async (url: string, init?: RequestInit): Promise<number> => {
  const answer = await fetch(url, { redirect: 'manual', ...init });
  await answer.arrayBuffer();
  return answer.status;
};

describe('a server in production', () => {
  let server: ServerRig;
  beforeAll(async () => {
    server = await start();
  });
  afterAll(async () => {
    await server?.kill();
  });

  it.each([
    '/metrics',
    '/metrics?a=b',
    '/%6detrics',
    '/metrics/',
    '//metrics',
    '/./metrics',
    '/console',
    '/console/',
    '/console?x=/health/live',
    '/%63onsole',
    '/console/session',
    '/console/queues',
    '/console/queues/',
    '/console/queues/api/queues',
    '/docs',
    '/docs/json',
  ])('does not have %s on its first port', async (path) => {
    const answer = await RawSocket.exchange(
      server.port,
      `GET ${path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1.1 404 /);
    expect(answer).toContain('"code":"not_found"');
  });

  it('does not mistake an absolute URL for another port', async () => {
    const target = `http://127.0.0.1:${new URL(server.adminUrl).port}/metrics`;
    const answer = await RawSocket.exchange(
      server.port,
      `GET ${target} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`,
    );
    expect(answer).not.toMatch(/^HTTP\/1.1 200 /);
  });

  it('accepts no sign-in on its first port', async () => {
    const init = {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ key: ADMIN_KEY }),
    };
    expect(await statusOf(`${server.url}/console/session`, init)).toBe(404);
    expect(await statusOf(`${server.adminUrl}/console/session`, init)).toBe(200);
  });

  it.each([
    ['/metrics', 200],
    ['/console', 200],
    ['/console/queues', 401],
    ['/docs', 200],
    ['/docs/json', 200],
    ['/health/ready', 200],
    ['/', 200],
    ['/v1/books', 401],
  ])('has %s on the port of operators', async (path, status) => {
    expect(await statusOf(server.adminUrl + path)).toBe(status);
  });

  it.each(['/health/live', '/health/ready', '/'])('has %s on its first port', async (path) => {
    expect(await statusOf(server.url + path)).toBe(200);
  });

  it('opens sockets on both', async () => {
    for (const url of [server.url, server.adminUrl]) {
      const socket = await FrameSocket.open(`${url.replace('http', 'ws')}/ws`, { token: await tokens.sign('ada') });
      expect(await socket.welcome()).toMatchObject({ user: 'ada' });
      socket.close();
    }
  });

  it('ends the connections of both ports when it stops', async () => {
    const own = await start();
    const socket = await FrameSocket.open(`${own.adminUrl.replace('http', 'ws')}/ws`, {
      token: await tokens.sign('eve'),
    });
    await socket.welcome();
    const stopped = own.stop();
    expect(await socket.ending()).toMatchObject({ code: 1012 });
    expect(await stopped).toEqual({ code: 0, signal: null });
  });

  it('does not start if the port of operators is taken', async () => {
    const taken = new URL(server.adminUrl).port;
    const refused = ServerRig.start({
      wrap: ['env', `ADMIN_PORT=${taken}`],
      env: {
        NODE_ENV: 'production',
        REDIS_URL: redis.url,
        API_KEYS: `main:test:${API_KEY}`,
        JWT_SECRET: tokens.secret,
      },
    });
    await expect(refused).rejects.toThrow(/EADDRINUSE/);
  });
});

it('all processes share the port of operators and report their counts together', async () => {
  const server = await start({ PROCESSES: '2' });
  try {
    const metrics = async (): Promise<string> => (await fetch(`${server.adminUrl}/metrics`)).text();
    await until(async () => (await metrics()).includes('postrider_processes_ready 2'), { timeoutMs: 30_000 });
    const asked = await Promise.all(Array.from({ length: 6 }, metrics));
    expect(asked.filter((text) => text.includes('postrider_processes_ready 2'))).toHaveLength(6);
    expect(await statusOf(`${server.url}/metrics`)).toBe(404);
    expect(await server.stop()).toEqual({ code: 0, signal: null });
  } finally {
    await server.kill();
  }
});

it('in development everything is on one port unless another is named', async () => {
  const server = await start({ NODE_ENV: 'development' });
  try {
    expect(await statusOf(`${server.url}/metrics`)).toBe(404);
    expect(await statusOf(`${server.url}/docs`)).toBe(200);
  } finally {
    await server.kill();
  }
});
