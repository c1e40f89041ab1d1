import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Queue } from 'bullmq';
import { Metrics } from '../../src/observability/metrics.js';
import { ClockedBackend } from '../../src/queue/clocked-backend.js';
import { JobWorkers } from '../../src/queue/job-workers.js';
import { SWEEP_QUEUE } from '../../src/queue/queue-names.js';
import { ScheduleKeeper } from '../../src/queue/schedule-keeper.js';
import { SweepSchedule } from '../../src/queue/sweep-schedule.js';
import { WorkerCanary } from '../../src/queue/worker-canary.js';
import { queuePrefix } from '../../src/contract/partition.js';
import { RedisFactory } from '../../src/redis/redis-factory.js';
import { CoreRig } from '../support/core-rig.js';
import { until } from '../support/wait.js';

const SWEEP_MS = 200;
const HOUR_MS = 3_600_000;

describe('the schedule of the sweep after the clock of Redis is set back by an hour', () => {
  const metrics = new Metrics();
  let rig: CoreRig;
  let factory: RedisFactory;
  let queue: Queue;
  let workers: JobWorkers;
  let schedule: ScheduleKeeper;

  beforeAll(async () => {
    rig = await CoreRig.start({ env: { SWEEP_MS: String(SWEEP_MS) } });
    factory = new RedisFactory(rig.config, metrics);
    workers = new JobWorkers(rig.config, factory, metrics, rig.clock);
    const connection = await factory.connect('producer', 'command');
    const options = { connection, prefix: queuePrefix(rig.config.keyPrefix), skipWaitingForReady: true };
    queue = new Queue(SWEEP_QUEUE, options, () => new ClockedBackend(SWEEP_QUEUE, options, rig.clock, connection));
  });
  beforeEach(() => {
    schedule = newSchedule();
  });
  afterEach(async () => {
    schedule.onModuleDestroy();
    await queue.obliterate({ force: true });
  });
  afterAll(async () => {
    await queue?.close();
    await factory?.onApplicationShutdown();
    await rig?.close();
  });

  function newSchedule(): ScheduleKeeper {
    const canary = new WorkerCanary(rig.config, rig.lanes, workers);
    const stored = new SweepSchedule(rig.config, queue, rig.clock);
    return new ScheduleKeeper(rig.config, stored, canary, rig.lanes, metrics);
  }

  /** Makes the clock of Redis appear to be ahead from now on. */
  function aheadBy(ms: number): void {
    const now = performance.now();
    rig.clock.observe(now, Date.now() + ms, now);
  }

  it('is due soon, because a start checks it', async () => {
    aheadBy(HOUR_MS);
    await schedule.start();
    schedule.onModuleDestroy();
    await rig.clock.synchronize(rig.redis);
    expect(Number((await queue.getJobScheduler('sweep'))?.next) - rig.clock.now()).toBeGreaterThan(HOUR_MS / 2);
    schedule = newSchedule();
    await schedule.start();
    expect(Number((await queue.getJobScheduler('sweep'))?.next) - rig.clock.now()).toBeLessThanOrEqual(SWEEP_MS);
  });

  it('is due soon, because a running worker checks it from time to time', async () => {
    aheadBy(HOUR_MS);
    await schedule.start();
    await rig.clock.synchronize(rig.redis);
    await until(async () => {
      const scheduler = await queue.getJobScheduler('sweep');
      return scheduler !== undefined && Number(scheduler.next) <= rig.clock.now() + SWEEP_MS;
    });
    await until(async () => (await metrics.schedulesRestored.get()).values[0]?.value === 1, {
      what: 'one restored schedule',
    });
  });
});
