import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Draft } from '../../src/notification/notification.draft.js';
import { NotificationStore } from '../../src/notification/notification.store.js';
import { newId } from '../../src/topic/notification.id.js';
import { CoreRig } from '../support/core.rig.js';
import { until } from '../support/wait.js';

let rig: CoreRig;
let store: NotificationStore;
beforeAll(async () => {
  rig = await CoreRig.start();
  store = new NotificationStore(rig.config, rig.lanes);
});
afterAll(() => rig?.close());

const idNow = (): string => newId('m', 5, rig.clock.now());

describe('an idempotency key', () => {
  it('gives one id to all who ask at once, and tells one of them that it is the first', async () => {
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

  it('is refused for another body, and belongs to its publisher', async () => {
    const id = idNow();
    await store.claim('main shop twice', { order: 1 }, id, 1);
    const other = store.claim('main shop twice', { order: 2 }, idNow(), 1);
    await expect(other).rejects.toMatchObject({ code: 'idempotency_mismatch', status: 422 });
    expect((await store.claim('main crm twice', { order: 2 }, idNow(), 1)).replayed).toBe(false);
  });
});

describe('a schedule', () => {
  /** Scheduled for a moment that has passed, or is still to come. */
  async function scheduled(inMs = -10_000): Promise<{ id: string; draft: Draft }> {
    const id = idNow();
    const releaseAtMs = rig.clock.now() + inMs;
    const draft: Draft = {
      app: 'main',
      topics: ['user:ada'],
      type: 'order.shipped',
      data: '{}',
      ackWaitMs: 30_000,
      maxAttempts: 5,
      createdAtMs: releaseAtMs - 1_000,
      releaseAtMs,
      expiresAtMs: releaseAtMs + 3_600_000,
    };
    expect(await store.record(id, draft, true)).toBe('scheduled');
    return { id, draft };
  }
  const isOverdue = async (id: string): Promise<boolean> => (await rig.alarms.overdue(1_000)).scheduled.includes(id);

  it('is found again when its release was cut off, until it is released', async () => {
    const { id, draft } = await scheduled();
    expect(await isOverdue(id)).toBe(true);
    expect(await store.move(id, 'release')).toBe('releasing');
    // The process that released it dies here: the next one drives the same id.
    expect(await isOverdue(id)).toBe(true);
    expect(await store.move(id, 'release')).toBe('releasing');
    expect(await store.find(id)).toMatchObject({ state: 'releasing', draft });
    expect(await store.move(id, 'released')).toBe('accepted');
    expect(await isOverdue(id)).toBe(false);
    expect(await store.move(id, 'release')).toBe('accepted');
  });

  it('is not released before its time by the clock of Redis, whoever asks', async () => {
    const { id } = await scheduled(400);
    expect(await store.move(id, 'release')).toBe('scheduled');
    await until(async () => (await store.move(id, 'release')) === 'releasing');
    expect(rig.clock.now()).toBeGreaterThan((await store.find(id))!.draft.releaseAtMs - 20);
  });

  it('is cancelled before its release and not after', async () => {
    const early = await scheduled();
    expect(await store.move(early.id, 'cancel')).toBe('cancelled');
    expect(await store.move(early.id, 'release')).toBe('cancelled');
    expect(await isOverdue(early.id)).toBe(false);
    const late = await scheduled();
    await store.move(late.id, 'release');
    expect(await store.move(late.id, 'cancel')).toBe('releasing');
  });

  it('is written once, and nothing where there is none', async () => {
    const { id, draft } = await scheduled();
    await store.move(id, 'cancel');
    expect(await store.record(id, draft, true)).toBe('cancelled');
    expect(await store.move(idNow(), 'release')).toBeUndefined();
    expect(await store.find(idNow())).toBeUndefined();
  });
});
