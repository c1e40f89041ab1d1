import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { freePort } from '../support/free-port.js';
import { RedisRig } from '../support/redis-rig.js';
import { ServerChild } from '../support/server-child.js';
import { within } from '../support/wait.js';

/** Wait far longer than any of these tests. */
const BOOT_REDIS_WAIT_MS = '600000';
const END_MS = 20_000;
const WELL = { code: 0, signal: null, listened: false };
// Only root can create a namespace in which a process is the first.
const isRoot = process.getuid?.() === 0;
const WAYS = [
  { way: 'as an ordinary process', asInit: false },
  ...(isRoot ? [{ way: 'as the first process of a container', asInit: true }] : []),
];

describe.each(WAYS)('a server that is told to end while it starts, $way', ({ asInit }) => {
  let redis: RedisRig;
  let server: ServerChild | undefined;
  beforeAll(async () => {
    redis = await RedisRig.start();
  });
  afterEach(async () => {
    redis.unpause();
    await server?.kill();
  });
  afterAll(() => redis?.stop());

  const start = async (env: Record<string, string>): Promise<ServerChild> => {
    const given = { PORT: String(await freePort()), BOOT_REDIS_WAIT_MS, REDIS_URL: redis.url, ...env };
    return (server = ServerChild.spawn(given, { asInit }));
  };
  const ended = async (child: ServerChild): Promise<object> => {
    const exit = await within(child.exited, END_MS, 'the server has ended');
    return { ...exit, listened: child.logged('server_listening').length > 0 };
  };

  it.each(['1', '2'])('ends while it waits for Redis (PROCESSES=%s)', async (PROCESSES) => {
    const child = await start({ PROCESSES, REDIS_URL: `redis://127.0.0.1:${await freePort()}` });
    await child.said('"redis_awaited"');
    child.signal('SIGTERM');
    expect(await ended(child)).toEqual(WELL);
  });

  it('ends while Redis hangs, and by the second signal at the latest', async () => {
    redis.pause();
    const child = await start({});
    await child.said('"redis_awaited"');
    child.signal('SIGTERM');
    child.signal('SIGTERM');
    expect(await ended(child)).toEqual(WELL);
    expect(child.logged('start_interrupted')).toHaveLength(1);
  });

  it.each(['"config_loaded"', 'Starting Nest application', 'RedisModule dependencies initialized', 'RoutesResolver'])(
    'ends when it has just said %s',
    async (line) => {
      const child = await start({});
      await child.said(line);
      child.signal('SIGTERM');
      expect(await ended(child)).toEqual(WELL);
    },
  );

  it.each(['SIGINT', 'SIGHUP'] as const)('ends by %s as well', async (signal) => {
    const child = await start({ REDIS_URL: `redis://127.0.0.1:${await freePort()}` });
    await child.said('"redis_awaited"');
    child.signal(signal);
    expect(await ended(child)).toEqual(WELL);
  });
});
