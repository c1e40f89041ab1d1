import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Draft } from '../../src/publish/notification-draft.js';
import { NotificationStore } from '../../src/publish/notification-store.js';
import { partitionOf } from '../../src/contract/partition.js';
import { newId } from '../../src/contract/notification-id.js';
import { qualified } from '../../src/topic/topic-namespaces.js';
import { CoreRig } from '../support/core-rig.js';
import { until } from '../support/wait.js';

let rig: CoreRig;
let store: NotificationStore;
beforeAll(async () => {
  rig = await CoreRig.start();
  store = new NotificationStore(rig.config, rig.lanes);
});
afterAll(() => rig?.close());

const idNow = (): string => newId('m', 5, rig.clock.now());
const TAKEN = { code: 'idempotency_mismatch' };
/** Time after which no request counts as under way. */
const LATER_MS = 5_000;
let keys = 0;
const freshKey = (): string => `main shop fresh-${++keys}`;

/** Creates the record that `record` writes for a notification with these topics. */
function draftOf(topics: readonly string[], inMs = 0): Draft {
  const releaseAtMs = rig.clock.now() + inMs;
  return {
    app: 'main',
    topics,
    type: 'order.shipped',
    data: '{}',
    ackWaitMs: 30_000,
    maxAttempts: 5,
    createdAtMs: releaseAtMs - 1_000,
    releaseAtMs,
    expiresAtMs: releaseAtMs + 3_600_000,
  };
}

describe('an idempotency key', () => {
  it('gives one id to all concurrent requests and tells one of them that it is the first', async () => {
    const claims = await Promise.all(
      Array.from({ length: 50 }, () => store.claim('main shop key', { order: 1 }, idNow(), 1_000)),
    );
    expect(new Set(claims.map(({ id }) => id)).size).toBe(1);
    expect(claims.filter(({ replayed }) => !replayed)).toHaveLength(1);
  });

  it('keeps the time of its first request', async () => {
    await store.claim('main shop old', {}, idNow(), 1_000);
    expect(await store.claim('main shop old', {}, idNow(), 2_000)).toMatchObject({
      createdAtMs: 1_000,
      replayed: true,
    });
  });

  it('is refused for another body and belongs to its publisher', async () => {
    const id = idNow();
    await store.claim('main shop twice', { order: 1 }, id, 1);
    const other = store.claim('main shop twice', { order: 2 }, idNow(), 1);
    await expect(other).rejects.toMatchObject({ code: 'idempotency_mismatch', status: 422 });
    expect((await store.claim('main crm twice', { order: 2 }, idNow(), 1)).replayed).toBe(false);
  });
});

describe('an idempotency key whose first request failed', () => {
  const singleId = (name: string): string => newId('s', partitionOf(name), rig.clock.now());
  const append = async (name: string, id: string) => (await rig.log.append(name, [rig.notification(name, { id })]))[0];

  it('belongs to the first body while that may be in progress, then to another, which voids the first id', async () => {
    const [key, name] = [freshKey(), qualified('main', `user:${keys}`)];
    const [first, second, third] = [singleId(name), singleId(name), singleId(name)];
    await store.claim(key, { order: 1 }, first, 1_000);
    await expect(store.claim(key, { order: 2 }, second, 1_000 + LATER_MS - 1)).rejects.toMatchObject(TAKEN);
    expect(await store.claim(key, { order: 2 }, second, 1_000 + LATER_MS)).toMatchObject({
      id: second,
      replayed: false,
    });
    expect(await append(name, first)).toMatchObject({ stored: false, isVoid: true });
    expect(await append(name, second)).toMatchObject({ stored: true });
    await expect(store.claim(key, { order: 1 }, third, 1_000 + 3 * LATER_MS)).rejects.toMatchObject(TAKEN);
  });

  it('is free at once if that request was refused, unless the same request is in progress again', async () => {
    const [key, name] = [freshKey(), qualified('main', `user:${keys}`)];
    const [first, second] = [singleId(name), singleId(name)];
    await store.claim(key, { order: 1 }, first, 1_000);
    await store.refuse(key, first);
    expect(await store.claim(key, { order: 1 }, second, 1_001)).toMatchObject({ id: first, replayed: true });
    await expect(store.claim(key, { order: 2 }, second, 1_001)).rejects.toMatchObject(TAKEN);
    await store.refuse(key, first);
    expect(await store.claim(key, { order: 2 }, second, 1_001)).toMatchObject({ id: second });
    // Too late: the key belongs to another request by now.
    await store.refuse(key, first);
    await expect(store.claim(key, { order: 1 }, first, 1_001)).rejects.toMatchObject(TAKEN);
  });

  it('stays with a body of several targets once one of them has it', async () => {
    const topics = [`user:a${keys}`, `user:b${keys}`];
    const [one = '', other = ''] = topics.map((topic) => qualified('main', topic));
    for (const isStored of [false, true]) {
      const [key, first, second] = [freshKey(), idNow(), idNow()];
      await store.claim(key, { order: 1 }, first, 1_000);
      await store.record(first, draftOf(topics), false);
      if (isStored) await append(one, first);
      const taking = store.claim(key, { order: 2 }, second, 1_000 + LATER_MS);
      if (isStored) await expect(taking).rejects.toMatchObject(TAKEN);
      else expect(await taking).toMatchObject({ id: second });
      expect(await append(other, first)).toMatchObject({ stored: isStored });
    }
  });

  it('makes at most one notification, whatever the order of requests', async () => {
    const turns = fc.array(
      fc.record({ body: fc.constantFrom(1, 2, 3), sinceMs: fc.constantFrom(0, LATER_MS), waits: fc.nat({ max: 4 }) }),
      { minLength: 2, maxLength: 6 },
    );
    const property = fc.asyncProperty(turns, async (requests) => {
      const [key, name] = [freshKey(), qualified('main', `user:${keys}`)];
      const drive = async ({ body, sinceMs, waits }: (typeof requests)[number]): Promise<void> => {
        const { id } = await store.claim(key, { body }, singleId(name), 1_000 + sinceMs);
        for (let n = 0; n < waits; n++) await rig.redis.ping();
        const appended = await append(name, id);
        if (appended?.stored) stored.add(body);
      };
      const stored = new Set<number>();
      await Promise.allSettled(requests.map(drive));
      expect((await rig.log.info(name)).head).toBeLessThanOrEqual(1);
      expect(stored.size).toBeLessThanOrEqual(1);
    });
    await fc.assert(property, { numRuns: 200 });
  });
});

describe('a schedule', () => {
  /** Schedules a notification for a past or future moment. */
  async function scheduled(inMs = -10_000): Promise<{ id: string; draft: Draft }> {
    const id = idNow();
    const draft = draftOf(['user:ada'], inMs);
    expect(await store.record(id, draft, true)).toBe('scheduled');
    return { id, draft };
  }
  const isOverdue = async (id: string): Promise<boolean> => (await rig.alarms.overdue(1_000)).scheduled.includes(id);

  it('is found again after an interrupted release, until it is released', async () => {
    const { id, draft } = await scheduled();
    expect(await isOverdue(id)).toBe(true);
    expect(await store.move(id, 'release')).toBe('releasing');
    // The process that released it dies here; the next one continues with the same id.
    expect(await isOverdue(id)).toBe(true);
    expect(await store.move(id, 'release')).toBe('releasing');
    expect(await store.find(id)).toMatchObject({ state: 'releasing', draft });
    expect(await store.move(id, 'released')).toBe('accepted');
    expect(await isOverdue(id)).toBe(false);
    expect(await store.move(id, 'release')).toBe('accepted');
  });

  it('is never released before its time by the clock of Redis', async () => {
    const { id } = await scheduled(400);
    expect(await store.move(id, 'release')).toBe('scheduled');
    await until(async () => (await store.move(id, 'release')) === 'releasing');
    expect(rig.clock.now()).toBeGreaterThan((await store.find(id))!.draft.releaseAtMs - 20);
  });

  it('can be cancelled before its release, not after', async () => {
    const early = await scheduled();
    expect(await store.move(early.id, 'cancel')).toBe('cancelled');
    expect(await store.move(early.id, 'release')).toBe('cancelled');
    expect(await isOverdue(early.id)).toBe(false);
    const late = await scheduled();
    await store.move(late.id, 'release');
    expect(await store.move(late.id, 'cancel')).toBe('releasing');
  });

  it('is written once, and nothing is written without one', async () => {
    const { id, draft } = await scheduled();
    await store.move(id, 'cancel');
    expect(await store.record(id, draft, true)).toBe('cancelled');
    expect(await store.move(idNow(), 'release')).toBeUndefined();
    expect(await store.find(idNow())).toBeUndefined();
  });
});
