import { createServer, type Server } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { freePort } from '../support/free-port.js';
import { RedisRig } from '../support/redis-rig.js';
import { ServerChild } from '../support/server-child.js';

const PASSWORD = 'planted-9d2f';

let server: ServerChild | undefined;
let redis: RedisRig;
let locked: RedisRig;

beforeAll(async () => {
  redis = await RedisRig.start();
  locked = await RedisRig.start();
  await locked.control.config('SET', 'requirepass', 'another');
});
afterEach(() => server?.kill());
afterAll(() => Promise.all([redis, locked].map((one) => one?.stop())));

const spawn = async (env: Record<string, string>): Promise<ServerChild> => {
  const given = { PORT: String(await freePort()), REDIS_URL: redis.url, BOOT_REDIS_WAIT_MS: '4000', ...env };
  return (server = ServerChild.spawn(given));
};

describe('a server without its Redis', () => {
  it('names it and the reason once while it waits and once at the end', async () => {
    const port = await freePort();
    const child = await spawn({ REDIS_URL: `redis://ann:${PASSWORD}@127.0.0.1:${port}` });
    expect(await child.exited).toEqual({ code: 1, signal: null });
    expect(child.logged('redis_awaited')).toMatchObject([
      { level: 'warn', msg: `Waiting for Redis at 127.0.0.1:${port} (ECONNREFUSED) …` },
    ]);
    const why = `No Redis at 127.0.0.1:${port} within 4 s: connect ECONNREFUSED. Start Redis, or correct REDIS_URL`;
    expect(child.plain()).toEqual([why]);
    expect(child.text.split(why)).toHaveLength(2);
    expect(child.logged('redis_lost')).toEqual([]);
    expect(child.text).not.toContain(PASSWORD);
  });

  it('says so even if nothing is logged', async () => {
    const port = await freePort();
    const env = { LOG_LEVEL: 'silent', REDIS_URL: `redis://127.0.0.1:${port}`, BOOT_REDIS_WAIT_MS: '500' };
    const child = await spawn(env);
    await child.exited;
    expect(child.text).toMatch(new RegExp(`^No Redis at 127.0.0.1:${port} within 0.5 s: .*$`));
  });

  it.each([
    ['a Cluster', 'redis+cluster', '127.0.0.1'],
    ['a name with several addresses', 'redis', 'localhost'],
  ])('tells the reason behind that of %s', async (_, scheme, place) => {
    const port = await freePort();
    const child = await spawn({ REDIS_URL: `${scheme}://${place}:${port}` });
    await child.exited;
    const why = new RegExp(`^No Redis at ${place}:${port} within 4 s: .*ECONNREFUSED`);
    expect(child.plain()).toEqual([expect.stringMatching(why)]);
    expect(child.logged('redis_awaited')).toHaveLength(1);
  });

  it('repeats the refusal of Redis, without a password', async () => {
    const child = await spawn({ REDIS_URL: locked.url.replace('://', `://:${PASSWORD}@`) });
    await child.exited;
    expect(child.logged('redis_awaited')).toMatchObject([{ error: expect.stringContaining('WRONGPASS') }]);
    expect(child.plain()).toEqual([expect.stringMatching(/has refused this process for 4 s: WRONGPASS/)]);
    expect(child.text).not.toContain(PASSWORD);
  });

  it('serves if Redis comes in time', async () => {
    await redis.kill();
    const child = await spawn({ BOOT_REDIS_WAIT_MS: '60000' });
    await child.said('"redis_awaited"');
    await redis.restart();
    await child.said('"server_listening"');
    expect(child.plain()).toEqual([]);
  });
});

describe('a server whose port is taken', () => {
  let taken: Server;
  let port: string;
  beforeAll(async () => {
    port = String(await freePort());
    taken = createServer().listen(Number(port), '127.0.0.1');
  });
  afterAll(() => {
    taken?.close();
  });

  it.each([
    ['PORT', {}],
    ['ADMIN_PORT', { ADMIN_HOST: '127.0.0.1' }],
  ])('names %s', async (setting, more) => {
    const child = await spawn({ ...more, [setting]: port });
    expect(await child.exited).toEqual({ code: 1, signal: null });
    expect(child.plain()).toEqual([expect.stringContaining(`${setting}: ${port} is in use on 127.0.0.1`)]);
    expect(child.logged('server_listening')).toEqual([]);
  });

  it('names HOST if it is no address of the machine', async () => {
    const child = await spawn({ HOST: '192.0.2.1' });
    expect(await child.exited).toEqual({ code: 1, signal: null });
    expect(child.plain()).toEqual([expect.stringContaining('HOST: 192.0.2.1')]);
  });
});
