import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { PRIORITIES, type Priority } from '../../src/contract/terms.js';
import { Metrics } from '../../src/observability/metrics.js';
import { Admission } from '../../src/publish/admission.js';
import { RedisFactory } from '../../src/redis/redis-factory.js';
import { RedisRefusals } from '../../src/redis/redis-refusals.js';
import { RedisSurvey } from '../../src/redis/redis-survey.js';
import { RedisWatch } from '../../src/redis/redis-watch.js';
import { CoreRig } from '../support/core-rig.js';
import { RedisRig } from '../support/redis-rig.js';

const QUEUE_MAX = 10;
const ENV = {
  ACCEPT_QUEUE_MAX: String(QUEUE_MAX),
  ADMISSION_LOW_PERCENT: '50',
  ADMISSION_NORMAL_PERCENT: '80',
  ADMISSION_HIGH_PERCENT: '100',
};

describe('admission', () => {
  const metrics = new Metrics();
  let redis: RedisRig;
  let rig: CoreRig;
  let factory: RedisFactory;
  let watch: RedisWatch;
  let survey: RedisSurvey;
  let admission: Admission;
  const ends: (() => void)[] = [];

  beforeAll(async () => {
    // A separate Redis, because its memory is limited.
    redis = await RedisRig.start();
    rig = await CoreRig.start({ redis, env: ENV });
    factory = new RedisFactory(rig.config, metrics);
    const refusals = new RedisRefusals(metrics);
    survey = new RedisSurvey(rig.config, factory, rig.info, refusals, rig.lanes);
    watch = new RedisWatch(rig.config, survey, rig.lanes, refusals, metrics);
    admission = new Admission(rig.config, watch, metrics);
  });
  afterEach(() => {
    for (const end of ends.splice(0)) end();
  });
  afterAll(async () => {
    await factory?.onApplicationShutdown();
    await rig?.close();
    await redis?.stop();
  });

  /** Runs one accept as the service does. */
  async function admit<T>(priority: Priority, accept: () => Promise<T>): Promise<T> {
    admission.enter(priority);
    try {
      return await accept();
    } finally {
      admission.leave(1);
    }
  }

  /** Starts accepts that end on demand. */
  const begin = (count: number): Promise<void>[] =>
    Array.from({ length: count }, () => admit('high', () => new Promise<void>((resolve) => void ends.push(resolve))));

  /** Returns the priorities that are accepted now; all three are tried at the same time. */
  async function taken(): Promise<Priority[]> {
    const tries = PRIORITIES.map((priority) => admit(priority, () => Promise.resolve(priority)));
    const outcomes = await Promise.allSettled(tries);
    return outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  }

  it('refuses low priority first when accepts pile up, and takes it again when they end', async () => {
    const underWay = begin(QUEUE_MAX / 2 - 1);
    expect(await taken()).toEqual(['high', 'normal']);
    underWay.push(...begin(QUEUE_MAX / 2));
    expect(await taken()).toEqual(['high']);
    underWay.push(...begin(1));
    expect(await taken()).toEqual([]);
    for (const end of ends.splice(0)) end();
    await Promise.all(underWay);
    expect(await taken()).toEqual(['high', 'normal', 'low']);
  });

  it('counts an accept that fails as ended', async () => {
    for (let n = 0; n < QUEUE_MAX; n++) {
      await expect(admit('high', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    }
    expect(await taken()).toEqual(['high', 'normal', 'low']);
  });

  it('refuses with a code that says to retry when Redis is nearly full, and counts that', async () => {
    const [, used = '0'] = /used_memory:(\d+)/.exec(await rig.redis.info('memory')) ?? [];
    await rig.redis.config('SET', 'maxmemory', String(Math.round(Number(used) / 0.65)));
    await survey.look();
    expect(await taken()).toEqual(['high', 'normal']);
    const refused = admit('low', () => Promise.resolve());
    await expect(refused).rejects.toMatchObject({ code: 'overloaded', retryable: true });
    expect(await metrics.text()).toMatch(/admission_refused_total\{priority="low"\} [1-9]/);
  });
});
