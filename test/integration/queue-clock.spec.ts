import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Queue } from 'bullmq';
import { Config } from '../../src/config/config.js';
import { Metrics } from '../../src/observability/metrics.js';
import { ClockedBackend } from '../../src/queue/clocked-backend.js';
import { JobWorkers } from '../../src/queue/job-workers.js';
import { queuePrefix } from '../../src/contract/partition.js';
import { RedisClock } from '../../src/clock/redis-clock.js';
import { RedisFactory } from '../../src/redis/redis-factory.js';
import { RedisRig } from '../support/redis-rig.js';
import { until } from '../support/wait.js';

const HOUR_MS = 3_600_000;
const DELAY_MS = 400;
const EVERY_MS = 100;

/** Shifts the wall clock of this process; the monotonic clock is unaffected. */
function setWallClock(aheadMs: number): void {
  jest.restoreAllMocks();
  const right = Date.now.bind(Date);
  jest.spyOn(Date, 'now').mockImplementation(() => right() + aheadMs);
}

describe.each([-HOUR_MS, HOUR_MS])('the jobs of a process whose wall clock is set by %d ms', (aheadMs) => {
  const ran: { name: string; atMs: number }[] = [];
  const times = (name: string): number => ran.filter((one) => one.name === name).length;
  let redis: RedisRig;
  let factory: RedisFactory;
  let workers: JobWorkers;
  let clock: RedisClock;
  let open: () => Queue;
  const queues: Queue[] = [];

  beforeAll(async () => {
    redis = await RedisRig.start();
    const env = { NODE_ENV: 'test', API_KEYS: 'main:test:key', JWT_SECRET: 'a-secret-of-at-least-16' };
    const config = Config.from({ ...env, REDIS_URL: redis.url });
    const metrics = new Metrics();
    factory = new RedisFactory(config, metrics);
    clock = new RedisClock();
    const connection = await factory.connect('producer', 'command');
    await clock.synchronize(connection);
    workers = new JobWorkers(config, factory, metrics, clock);
    const prefix = queuePrefix(config.keyPrefix);
    open = () => {
      const options = { connection, prefix };
      const queue = new Queue('work', options, () => new ClockedBackend('work', options, clock, connection));
      queues.push(queue);
      return queue;
    };
    await workers.start<string>('work', 2, async ({ name, attemptsMade }) => {
      ran.push({ name, atMs: clock.now() });
      if (name === 'fails once' && attemptsMade === 0) throw new Error('once');
    });
  });

  afterEach(() => {
    jest.restoreAllMocks();
    ran.length = 0;
  });

  afterAll(async () => {
    await workers?.beforeApplicationShutdown();
    await Promise.all(queues.map((queue) => queue.close()));
    await factory?.onApplicationShutdown();
    await redis?.stop();
  });

  const add = async (name: string, delay: number): Promise<number> => {
    const timestamp = clock.now();
    await open().add(name, '', { delay, timestamp, attempts: 2, backoff: { type: 'fixed', delay: DELAY_MS } });
    return timestamp + delay;
  };

  it('run on time and not early if the clock is changed while they wait', async () => {
    const dueAtMs = await add('delayed', DELAY_MS);
    setWallClock(aheadMs);
    await until(() => times('delayed') === 1);
    expect(ran[0]?.atMs).toBeGreaterThanOrEqual(dueAtMs);
  });

  it('run on time and not early if the clock has long been wrong', async () => {
    setWallClock(aheadMs);
    const dueAtMs = await add('delayed', DELAY_MS);
    await until(() => times('delayed') === 1);
    expect(ran[0]?.atMs).toBeGreaterThanOrEqual(dueAtMs);
  });

  it('are retried after their wait', async () => {
    setWallClock(aheadMs);
    await add('fails once', 0);
    await until(() => times('fails once') === 2);
    const [first, second] = ran.map(({ atMs }) => atMs);
    expect(Number(second) - Number(first)).toBeGreaterThanOrEqual(DELAY_MS - 1);
  });

  it('repeat, whichever clock they were scheduled by', async () => {
    setWallClock(aheadMs);
    await open().upsertJobScheduler('again', { every: EVERY_MS }, { name: 'again' });
    await until(() => times('again') >= 3);
    setWallClock(-aheadMs);
    const before = times('again');
    await until(() => times('again') >= before + 3);
    expect(ran.every(({ atMs }, index) => index === 0 || atMs - Number(ran[index - 1]?.atMs) < HOUR_MS / 2)).toBe(true);
    await open().removeJobScheduler('again');
  });
});
