import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { Queue } from 'bullmq';
import { Config } from '../../src/config/config.js';
import { AppLogger } from '../../src/observability/logger.js';
import { Metrics } from '../../src/observability/metrics.js';
import { JobWorkers } from '../../src/queue/job-workers.js';
import { queuePrefix } from '../../src/contract/partition.js';
import { type RedisClient, RedisFactory, type RedisRole } from '../../src/redis/redis-factory.js';
import { RedisClock } from '../../src/clock/redis-clock.js';
import { RedisRig } from '../support/redis-rig.js';
import { until } from '../support/wait.js';

/** Factory that exposes its connections, so that a test can break one. */
class OpenFactory extends RedisFactory {
  readonly opened = new Map<string, RedisClient>();

  override open(name: string, role: RedisRole): RedisClient {
    const client = super.open(name, role);
    this.opened.set(name, client);
    return client;
  }
}

describe('the workers of a process', () => {
  const metrics = new Metrics();
  const done: string[] = [];
  const lines: Record<string, unknown>[] = [];
  let redis: RedisRig;
  let factory: OpenFactory;
  let workers: JobWorkers;
  let queue: Queue;

  const replaced = async (): Promise<number> => (await metrics.workersReplaced.get()).values[0]?.value ?? 0;

  beforeAll(async () => {
    redis = await RedisRig.start();
    const config = Config.from({
      NODE_ENV: 'test',
      REDIS_URL: redis.url,
      API_KEYS: 'main:test:key',
      JWT_SECRET: 'a-secret-of-at-least-16',
      WORKER_SILENCE_MS: '12000',
    });
    Logger.overrideLogger(new AppLogger(config, { write: (line: string) => void lines.push(JSON.parse(line)) }));
    factory = new OpenFactory(config, metrics);
    workers = new JobWorkers(config, factory, metrics, new RedisClock());
    const connection = await factory.connect('producer', 'command');
    queue = new Queue('work', { connection, prefix: queuePrefix(config.keyPrefix) });
    queue.on('error', () => undefined);
    await workers.start<string>('work', 2, async ({ name }) => {
      if (name === 'fails') throw new RangeError('broken');
      done.push(name);
    });
  });

  afterAll(async () => {
    await workers?.beforeApplicationShutdown();
    await queue?.close();
    await factory?.onApplicationShutdown();
    await redis?.stop();
  });

  it('run jobs', async () => {
    await queue.add('first', '');
    await until(() => done.includes('first'));
  });

  it('report a job that failed', async () => {
    const { id } = await queue.add('fails', '');
    await until(() => lines.some(({ event }) => event === 'job_failed'));
    const told = lines.filter(({ event }) => event === 'job_failed');
    expect(told).toMatchObject([{ level: 'warn', queue: 'work', job: id, error: 'broken' }]);
  });

  it('resume by themselves after their connections are cut', async () => {
    await redis.client().call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    await until(() => queue.add('after a cut', ''));
    await until(() => done.includes('after a cut'), { timeoutMs: 20_000 });
    expect(await replaced()).toBe(0);
  });

  it('are not considered deaf while Redis is away', async () => {
    redis.pause();
    await until(() => factory.opened.get('worker-landmark')?.status !== 'ready');
    await until(() => workers.silenceMs < 1_500);
    redis.unpause();
    await until(() => queue.add('after a pause', ''));
    await until(() => done.includes('after a pause'), { timeoutMs: 20_000 });
    expect(await replaced()).toBe(0);
  });

  it('are replaced once they are deaf', async () => {
    // Disconnected for good, as after a fault in the client: the worker runs but gets no jobs.
    factory.opened.get('worker-work')?.disconnect();
    await queue.add('unheard', '');
    await until(() => workers.silenceMs > 5_000, { timeoutMs: 20_000, everyMs: 100 });
    expect(done).not.toContain('unheard');
    await until(() => done.includes('unheard'), { timeoutMs: 30_000, everyMs: 100 });
    expect(await replaced()).toBe(1);
    const told = lines.filter(({ event }) => event === 'worker_replaced');
    expect(told).toMatchObject([{ level: 'warn', queue: 'work', silentMs: expect.any(Number) }]);
    expect(workers.silenceMs).toBeLessThan(12_000);
  });
});
