import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { partitionPrefix } from '../../src/contract/partition.js';
import { homeOf } from '../../src/contract/notification-id.js';
import { CoreRig } from '../support/core-rig.js';
import { until } from '../support/wait.js';

const SAMPLES = 'postrider.system:system.samples';

let rig: CoreRig;
beforeAll(async () => {
  rig = await CoreRig.start({ env: { TOPIC_MAX_ENTRIES: '3', MAX_BACKOFF_MS: '60000' } });
});
afterAll(() => rig?.close());

const sample = (expiresInMs: number) =>
  rig.notification(SAMPLES, { policy: 'none', expiresAtMs: rig.clock.now() + expiresInMs });

describe('the system topic', () => {
  it('holds more than other topics while its entries live', async () => {
    const { epoch } = await rig.members.subscribe(SAMPLES, 's1', 'console:ada');
    for (let i = 0; i < 4; i++) await rig.log.append(SAMPLES, [sample(200)]);
    await rig.log.append(SAMPLES, [sample(3_600_000)]);
    expect(await rig.log.info(SAMPLES)).toMatchObject({ epoch, base: 0, head: 5 });
    // Only the sweep removes expired entries from a log without guarded deliveries.
    await until(async () => {
      await rig.alarms.wake((await rig.alarms.overdue(0)).names);
      return (await rig.log.info(SAMPLES)).base === 4;
    });
    const { from, entries } = await rig.log.read(SAMPLES, 1, 10, 1_000_000);
    expect([from, entries.length]).toEqual([5, 1]);
  });

  it('leaves no record that long outlives its entries', async () => {
    const item = sample(1_000);
    await rig.log.append(SAMPLES, [item]);
    const key = `${partitionPrefix(rig.config.keyPrefix, homeOf(item.id))}n:${item.id}`;
    expect(await rig.redis.pttl(key)).toBeLessThan(70_000);
  });

  it('belongs to its own app only', async () => {
    for (let i = 0; i < 5; i++) {
      const item = rig.notification('main:system.samples', { policy: 'none' });
      await rig.log.append('main:system.samples', [item]);
    }
    expect(await rig.log.info('main:system.samples')).toMatchObject({ base: 2, head: 5 });
  });
});

describe('RedisInfo', () => {
  it('reports the state of Redis, for a Cluster of all masters together', async () => {
    await rig.log.append('main:info', [rig.notification('main:info', { policy: 'none' })]);
    const found = await rig.info.read();
    expect(found).toMatchObject({
      mode: rig.config.redisUrl.startsWith('redis+cluster') ? 'cluster' : 'standalone',
      version: expect.stringMatching(/^\d+\.\d+/),
      maxBytes: expect.any(Number),
      role: 'master',
      connectedReplicas: 0,
      aof: false,
      evictionPolicy: expect.stringMatching(/^[a-z-]+$/),
    });
    expect(found.usedBytes).toBeGreaterThan(500_000);
    expect(found.clients).toBeGreaterThan(2);
    expect(found.hitRate ?? 0).toBeLessThanOrEqual(1);
  });
});

describe('TopicVitals', () => {
  it('finds the oldest unacknowledged delivery, online or parked, and sums up the books', async () => {
    expect(await rig.vitals.read(['v1', 'v2'])).toMatchObject({ oldestUnackedMs: null, deadLetters: 0 });
    const now = rig.clock.now();
    const aged = async (name: string, ageMs: number): Promise<void> => {
      await rig.log.append(name, [rig.notification(name, { atMs: now - ageMs })]);
    };
    await rig.members.subscribe('v1:user:ada', 's1', 'ada', 'node-1');
    await aged('v1:user:ada', 5_000);
    await aged('v2:user:parked', 90_000);
    const found = await rig.vitals.read(['v1', 'v2']);
    expect(found.oldestUnackedMs).toBeGreaterThanOrEqual(90_000);
    expect(found.oldestUnackedMs).toBeLessThan(120_000);
    expect(found.books).toMatchObject({ accepted: 2, pending: 2, acked: 0 });

    const name = 'v2:user:parked';
    await rig.members.subscribe(name, 's2', 'parked');
    const nack = { name, epoch: '', session: 's2', offset: 1, terminate: true, reason: 'no', attempt: 1 };
    await rig.acks.nack(nack);
    const then = await rig.vitals.read(['v1', 'v2']);
    expect(then.oldestUnackedMs).toBeLessThan(90_000);
    expect(then).toMatchObject({ deadLetters: 1, books: { accepted: 2, dead: 1, pending: 1 } });

    await rig.ack({ name: 'v1:user:ada', epoch: '', session: 's1', upTo: 1, offsets: [] });
    expect(await rig.vitals.read(['v1', 'v2'])).toMatchObject({
      oldestUnackedMs: null,
      books: { acked: 1, pending: 0 },
    });
  });
});
