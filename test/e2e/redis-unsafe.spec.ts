import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { pipeline, Transform } from 'node:stream';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { Child } from '../support/child-process.js';
import { freePort } from '../support/free-port.js';
import { RedisRig } from '../support/redis-rig.js';
import { RestClient } from '../support/rest-client.js';
import { ServerRig } from '../support/server-rig.js';
import { until } from '../support/wait.js';

const SETTINGS = {
  API_KEYS: 'main:test:key-of-the-unsafe-test',
  JWT_SECRET: 'a-secret-of-at-least-16',
  REDIS_WATCH_MS: '50',
  BOOT_REDIS_WAIT_MS: '5000',
};

interface Ready {
  details: { redis: { status: string; detail?: string; message?: string } };
}

describe('a Redis with unsafe settings', () => {
  let redis: RedisRig;
  let client: Redis;
  const servers: ServerRig[] = [];

  beforeAll(async () => {
    redis = await RedisRig.start({ appendOnly: true, args: ['--maxmemory', '64mb'] });
    client = redis.client();
  });
  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.kill()));
  });
  afterAll(() => redis?.stop());

  async function start(env: Record<string, string>): Promise<ServerRig> {
    const server = await ServerRig.start({ env: { ...SETTINGS, REDIS_URL: redis.url, ...env } });
    servers.push(server);
    return server;
  }

  const ready = async (server: ServerRig): Promise<[number, Ready['details']['redis']]> => {
    const { status, body } = await new RestClient(server.url).get<Ready>('/health/ready');
    return [status, body.details.redis];
  };

  const becomes = (server: ServerRig, status: number, text: string | undefined): Promise<unknown> =>
    until(async () => {
      const [now, { detail, message }] = await ready(server);
      const told = message ?? detail;
      return now === status && (text === undefined ? told === undefined : told?.includes(text));
    });

  it('is not used in production while it evicts; elsewhere it is only reported', async () => {
    const production = await start({ NODE_ENV: 'production', NODE_ID: 'production' });
    const development = await start({ NODE_ENV: 'development', NODE_ID: 'development' });
    expect(await ready(production)).toEqual([200, expect.not.objectContaining({ detail: expect.anything() })]);

    await client.config('SET', 'maxmemory-policy', 'allkeys-lru');
    await becomes(production, 503, 'maxmemory-policy is not noeviction');
    await becomes(development, 200, 'maxmemory-policy is not noeviction');
    const { body } = await new RestClient(development.url).get<string>('/metrics');
    expect(body).toContain('\npostrider_redis_finding{kind="evicts"} 1\n');
    expect(body).toContain('\npostrider_redis_unsafe 0\n');
    expect((await new RestClient(production.url).get('/health/live')).status).toBe(200);

    await client.config('SET', 'maxmemory-policy', 'noeviction');
    await becomes(production, 200, undefined);
    const told = production.log.filter((line) => line.includes('Redis configuration is unsafe'));
    expect(told).toHaveLength(1);
    expect(told[0]).toContain('maxmemory-policy');
  });

  it('is reported if it keeps nothing on disk or has no limit', async () => {
    const server = await start({ NODE_ENV: 'production' });
    await client.config('SET', 'appendonly', 'no');
    await becomes(server, 200, 'the append-only file is off');
    await client.config('SET', 'maxmemory', '0');
    await becomes(server, 200, 'maxmemory is not set');
    expect((await ready(server))[1].status).toBe('up');
    await client.config('SET', 'appendonly', 'yes');
    await client.config('SET', 'maxmemory', '64mb');
    await becomes(server, 200, undefined);
  });

  it('is not used while fewer replicas follow than a confirm needs', async () => {
    const replica = await RedisRig.start({ args: ['--replicaof', '127.0.0.1', String(redis.port)] });
    try {
      await until(async () => (await client.info('replication')).includes('state=online'), { timeoutMs: 20_000 });
      const server = await start({ NODE_ENV: 'development', CONFIRM: 'replicated:1' });
      await replica.kill();
      await becomes(server, 503, 'fewer than 1 replicas follow');
      expect(await new RestClient(server.url).metric('postrider_redis_unsafe')).toBe(1);
      await replica.restart();
      await until(async () => (await ready(server))[0] === 200, { timeoutMs: 20_000 });
    } finally {
      await replica.stop();
    }
  });

  it('is refused at the start if it is too old', async () => {
    const old = await agedProxy(redis.port);
    try {
      const { port } = old.address() as AddressInfo;
      const env = { PATH: process.env['PATH'], ...SETTINGS, REDIS_URL: `redis://127.0.0.1:${port}` };
      const child = Child.spawn(process.execPath, ['dist/bundle/main.js'], {
        env: { ...env, PORT: String(await freePort()) },
      });
      expect(await child.exited).toEqual({ code: 1, signal: null });
      expect(child.tail()).toMatch(/Redis 6\.\d+\.\d+ is too old\. Use Redis 7\.0 or newer/);
    } finally {
      old.close();
    }
  });
});

/** Proxy to the same Redis that reports another version of the same length. */
async function agedProxy(port: number): Promise<Server> {
  const server = createServer((socket) => {
    const upstream = connect(port, '127.0.0.1');
    const age = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        done(null, Buffer.from(chunk.toString('latin1').replace(/redis_version:\d/, 'redis_version:6'), 'latin1'));
      },
    });
    pipeline(socket, upstream, age, socket, () => undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
