import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { PostriderError } from '../../src/contract/postrider-error.js';
import { Tally } from '../../src/observability/counter-family.js';
import { Times } from '../../src/observability/histogram-family.js';
import type { Script } from '../../src/redis/script.js';
import { ScriptLane } from '../../src/redis/script-lane.js';
import { RedisRig } from '../support/redis-rig.js';
import { until } from '../support/wait.js';

type AnyArguments = readonly (string | number)[];
type TestScript = Script<AnyArguments, unknown>;
const script = (source: string, sha: string): TestScript => ({
  source,
  sha,
  write: (given) => given,
  read: (reply) => reply,
});
/** Script that counts its runs under a key, so that a second run shows. */
const COUNT = `return redis.call('INCR', KEYS[1] .. ARGV[1])`;
/** Script that serves many calls in one run, and fails if one of them says so. */
const ECHO_ALL = `
  local out = {}
  for i = 1, #ARGV, 3 do
    if ARGV[i + 2] == 'fail' then error('no') end
    out[#out + 1] = ARGV[i + 2]
  end
  return out`;
const LIST = `return redis.call('RPUSH', KEYS[1] .. 'list', ARGV[1])`;

const isFailed = (outcome: unknown): boolean => outcome instanceof PostriderError;

describe('a script lane', () => {
  const meter = { roundTrips: new Times([]), failures: new Tally(), refused: () => undefined };
  const batchCount = (): number => meter.roundTrips.counts.reduce((sum, one) => sum + one, 0);
  let rig: RedisRig;
  let client: Redis;
  let count: TestScript;
  let list: TestScript;

  beforeAll(async () => {
    rig = await RedisRig.start();
    client = new Redis(rig.url, {
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
    });
    client.on('error', () => undefined);
    await until(() => client.status === 'ready');
    const load = async (source: string): Promise<TestScript> =>
      script(source, String(await client.script('LOAD', source)));
    [count, list] = [await load(COUNT), await load(LIST)];
    await client.script('FLUSH');
  });
  afterAll(async () => {
    client?.disconnect();
    await rig?.stop();
  });

  const lane = (keyPrefix: string, replicas = 0, maxWaiting = 10_000): ScriptLane =>
    new ScriptLane(client, {
      keyPrefix,
      shardByPartition: false,
      replicas,
      confirmTimeoutMs: 50,
      settleMs: 0,
      maxWaiting,
      meter,
    });

  it('runs calls that come together in order', async () => {
    const order = lane('order');
    const runs = Array.from({ length: 1_500 }, (_, index) => order.run(list, 0, [index]));
    expect(await Promise.all(runs)).toEqual(runs.map((_, index) => index + 1));
    expect(await client.lrange('order:{0}:list', 0, -1)).toEqual(runs.map((_, index) => String(index)));
    expect(order.depth).toBe(0);
  });

  it('answers many calls at once, each by its own reply or by the error of its run', async () => {
    const joined = lane('joined');
    const echo = script(ECHO_ALL, String(await client.script('LOAD', ECHO_ALL)));
    const shared: string[] = [];
    const calls = Array.from({ length: 200 }, (_, index) => {
      return { partition: index % 2, shared, given: [index === 100 ? 'fail' : index] };
    });
    const outcomes = await joined.joinAll(echo, calls);
    const expected = calls.map(({ given }) => String(given));
    const [first, last] = [outcomes.findIndex(isFailed), outcomes.findLastIndex(isFailed)];
    expect(outcomes.slice(0, first)).toEqual(expected.slice(0, first));
    expect(outcomes.slice(first, last + 1)).toEqual(
      expected.slice(first, last + 1).map(() => expect.objectContaining({ code: 'redis_unavailable' })),
    );
    expect(outcomes.slice(last + 1)).toEqual(expected.slice(last + 1));
    expect([first > 0 && first <= 100, last >= 100 && last < 199]).toEqual([true, true]);
    expect(await joined.joinAll(echo, [])).toEqual([]);
    expect(joined.depth).toBe(0);
  });

  it('runs each call once although Redis keeps losing the scripts', async () => {
    const busy = lane('flushed');
    const calls: Promise<unknown>[] = [];
    for (let round = 0; round < 60; round++) {
      if (round % 3 === 0) calls.push(client.script('FLUSH'));
      for (let i = 0; i < 20; i++) calls.push(busy.run(round % 2 ? count : list, 0, [`k${round}-${i}`]));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await Promise.all(calls);
    const counts = (await client.keys('flushed:{0}:k*')).map((key) => client.get(key));
    expect(new Set(await Promise.all(counts))).toEqual(new Set(['1']));
    expect(counts).toHaveLength(600);
  });

  it.each([
    ['none of them', []],
    ['one of them', [COUNT]],
    ['the other one', [LIST]],
    ['both', [COUNT, LIST]],
  ])('never confirms what no replica holds, whether Redis knows the scripts or not: %s', async (_, known) => {
    const confirming = lane('short', 1);
    await client.script('FLUSH');
    for (const source of known) await client.script('LOAD', source);
    const first = await Promise.allSettled([confirming.run(count, 0, ['a']), confirming.run(list, 0, ['b'])]);
    expect(first).toEqual([
      expect.objectContaining({ status: 'rejected', reason: expect.objectContaining({ code: 'unconfirmed' }) }),
      expect.objectContaining({ status: 'rejected', reason: expect.objectContaining({ code: 'unconfirmed' }) }),
    ]);
    const began = performance.now();
    await expect(confirming.run(count, 0, ['a'])).rejects.toMatchObject({
      code: 'unconfirmed',
      detail: 'Too few replicas have confirmed the write. Retry later.',
      retryAfterMs: expect.any(Number),
    });
    expect(performance.now() - began).toBeLessThan(40);
  });

  it('does not mistake a lost connection for a lack of replicas', async () => {
    const primary = await RedisRig.start({ appendOnly: true, args: ['--repl-diskless-sync-delay', '0'] });
    const replica = await RedisRig.start({ args: ['--replicaof', '127.0.0.1', String(primary.port)] });
    const own = new Redis(primary.url, { enableOfflineQueue: false, maxRetriesPerRequest: 0, retryStrategy: () => 20 });
    own.on('error', () => undefined);
    try {
      const options = {
        keyPrefix: 'own',
        shardByPartition: false,
        replicas: 1,
        confirmTimeoutMs: 10_000,
        settleMs: 0,
        maxWaiting: 10,
        meter,
      };
      const confirming = new ScriptLane(own, options);
      const held = async (): Promise<boolean> => (await primary.client().info('replication')).includes('state=online');
      await until(held);
      await until(() => confirming.run(count, 0, ['a']));
      await primary.kill();
      await until(() => own.status !== 'ready');
      await expect(confirming.run(count, 0, ['a'])).rejects.toMatchObject({ code: 'redis_unavailable' });
      await primary.restart();
      await until(held);
      await until(() => own.status === 'ready');
      expect(await confirming.run(count, 0, ['a'])).toBe(2);
    } finally {
      own.disconnect();
      await replica.stop();
      await primary.stop();
    }
  });

  it('waits for all replicas, and for fewer only some time after one has left, also on a new connection', async () => {
    const fast = ['--repl-diskless-sync-delay', '0'];
    const primary = await RedisRig.start({ args: fast });
    const follow = ['--replicaof', '127.0.0.1', String(primary.port)];
    const replicas = [await RedisRig.start({ args: follow }), await RedisRig.start({ args: follow })];
    const own = new Redis(primary.url, { enableOfflineQueue: false, maxRetriesPerRequest: 0, retryStrategy: () => 20 });
    own.on('error', () => undefined);
    const settleMs = 3_000;
    try {
      const confirming = new ScriptLane(own, {
        keyPrefix: 'own',
        shardByPartition: false,
        replicas: 1,
        confirmTimeoutMs: 200,
        settleMs,
        maxWaiting: 10,
        meter,
      });
      await until(async () => (await primary.control.wait(2, 100)) === 2);
      await until(() => confirming.run(count, 0, ['a']));
      expect(confirming.confirmingReplicas).toBe(2);
      const leftMs = performance.now();
      await replicas[0]?.kill();
      await expect(confirming.run(count, 0, ['a'])).rejects.toMatchObject({ code: 'unconfirmed' });
      own.disconnect(true);
      await until(() => own.status === 'ready');
      await expect(confirming.run(count, 0, ['a'])).rejects.toMatchObject({ code: 'unconfirmed' });
      await until(async () => {
        confirming.look();
        return confirming.run(count, 0, ['a']);
      });
      expect(performance.now() - leftMs).toBeGreaterThanOrEqual(settleMs);
      expect(confirming.confirmingReplicas).toBe(1);
      await replicas[0]?.restart();
      await until(() => {
        confirming.look();
        return confirming.confirmingReplicas === 2;
      });
    } finally {
      own.disconnect();
      await Promise.all(replicas.map((replica) => replica.stop()));
      await primary.stop();
    }
  });

  it('confirms nothing at a returned primary before all its replicas are back, also in a new process', async () => {
    const fast = ['--repl-diskless-sync-delay', '0'];
    // With `everysec`, a busy disk delays writes, and a kill would lose the stored number of
    // followers.
    const primary = await RedisRig.start({ appendOnly: true, args: [...fast, '--appendfsync', 'always'] });
    const follow = [...fast, '--replicaof', '127.0.0.1', String(primary.port)];
    const [first, second] = [await RedisRig.start({ args: follow }), await RedisRig.start({ args: follow })];
    const connections: Redis[] = [];
    const connect = async (): Promise<{ own: Redis; confirming: ScriptLane }> => {
      const own = new Redis(primary.url, {
        enableOfflineQueue: false,
        maxRetriesPerRequest: 0,
        retryStrategy: () => 20,
      });
      own.on('error', () => undefined);
      connections.push(own);
      await until(() => own.status === 'ready');
      const options = { keyPrefix: 'own', shardByPartition: false, replicas: 1, confirmTimeoutMs: 200 };
      return { own, confirming: new ScriptLane(own, { ...options, settleMs: 5_000, maxWaiting: 10, meter }) };
    };
    const online = async (): Promise<number> =>
      ((await primary.control.info('replication')).match(/state=online/g) ?? []).length;
    try {
      await until(async () => (await primary.control.wait(2, 100)) === 2);
      const { own, confirming } = await connect();
      await until(() => confirming.run(count, 0, ['a']));
      await until(async () => (await primary.control.get('own:{0}:followers')) === '2');

      second.pause();
      await primary.kill();
      await until(() => own.status !== 'ready');
      await primary.restart();
      await until(async () => (await online()) === 1 && own.status === 'ready');
      const unconfirmed = expect.objectContaining({ code: 'unconfirmed' });
      const { confirming: another } = await connect();
      for (const lane of [confirming, another]) {
        await expect(lane.run(count, 0, ['a'])).rejects.toEqual(unconfirmed);
        expect(await primary.control.wait(1, 1_000)).toBe(1);
      }
      expect(await online()).toBe(1);

      second.unpause();
      for (const lane of [confirming, another]) {
        await until(
          async () => {
            lane.look();
            return lane.run(count, 0, ['a']);
          },
          { timeoutMs: 20_000 },
        );
        expect(lane.confirmingReplicas).toBe(2);
      }
    } finally {
      for (const own of connections) own.disconnect();
      for (const replica of [first, second]) await replica.stop();
      await primary.stop();
    }
  });

  it('refuses calls beyond its queue limit', async () => {
    const narrow = lane('narrow', 0, 2);
    const [failures, batches] = [meter.failures.count, batchCount()];
    const runs = [1, 2, 3].map((index) => narrow.run(list, 0, [index]));
    const settled = await Promise.allSettled(runs);
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
    await expect(runs[2]).rejects.toMatchObject({ code: 'overloaded' });
    expect([meter.failures.count - failures, batchCount() - batches]).toEqual([1, 1]);
  });

  it('fails at once while Redis is away and works when it is back', async () => {
    const lost = lane('lost');
    const failures = meter.failures.count;
    await rig.kill();
    await until(() => client.status !== 'ready');
    await expect(lost.run(count, 0, ['a'])).rejects.toMatchObject({ code: 'redis_unavailable', status: 503 });
    expect(meter.failures.count - failures).toBe(1);
    await rig.restart();
    await until(() => client.status === 'ready');
    expect(await lost.run(count, 0, ['a'])).toBe(1);
  });
});
