import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { partitionOf, partitionPrefix } from '../../src/contract/partition.js';
import { gapReason, idOf } from '../../src/topic/entry-codec.js';
import { CoreRig } from '../support/core-rig.js';
import { until } from '../support/wait.js';
import { homeOf } from '../../src/contract/notification-id.js';

let rig: CoreRig;
beforeAll(async () => {
  rig = await CoreRig.start({ env: { TOPIC_MAX_OPEN: '3', TOPIC_MAX_ENTRIES: '3', CONFIRM: 'local' } });
});
afterAll(() => rig?.close());

let topics = 0;
/** Creates a topic in a new app, with its own books and letters. */
const fresh = (kind: 'user:ada' | 'news'): { app: string; name: string } => {
  const app = `app${topics++}`;
  return { app, name: `${app}:${kind}` };
};

describe('an append', () => {
  it('stores each id once, wherever and however often it comes', async () => {
    const { name } = fresh('user:ada');
    const item = rig.notification(name);
    const all = await Promise.all([1, 2, 3].map(() => rig.log.append(name, [item])));
    expect(all.flat().map(({ offset }) => offset)).toEqual([1, 1, 1]);
    expect(all.flat().filter((one) => one.fresh)).toHaveLength(1);
  });

  it('returns the earlier offset for an id stored under an earlier numbering', async () => {
    const { name } = fresh('user:ada');
    const item = rig.notification(name);
    const [first] = await rig.log.append(name, [item]);
    await rig.members.subscribe(name, 's1', 'ada');
    const ack = { name, epoch: '', session: 's1', upTo: 1, offsets: [] };
    await rig.ack(ack);
    await rig.members.leave(name, 's1');
    expect((await rig.log.info(name)).epoch).toBe('');
    const [again] = await rig.log.append(name, [item]);
    expect(again).toMatchObject({ fresh: false, offset: 1, epoch: first?.epoch });
  });

  it('is refused by a full personal topic unless it was promised', async () => {
    const { name } = fresh('user:ada');
    for (let i = 0; i < 3; i++) await rig.log.append(name, [rig.notification(name)]);
    const extra = rig.notification(name);
    const [refused] = await rig.log.append(name, [extra]);
    const [unguarded] = await rig.log.append(name, [rig.notification(name, { policy: 'none' })]);
    const [promised] = await rig.log.append(name, [extra], { promised: true });
    expect([refused?.stored, unguarded?.stored, promised?.stored]).toEqual([false, false, true]);
  });

  it('to many topics at once stores what each would store alone, in order', async () => {
    const names = Array.from({ length: 50 }, () => fresh('user:ada').name);
    // Each topic takes three, in three different runs.
    const appends = [0, 1, 2, 3].flatMap(() => names.map((name) => ({ name, item: rig.notification(name) })));
    const outcomes = await rig.log.appendAll(appends);
    expect(outcomes.map((one) => ('stored' in one ? one.stored && one.offset : one))).toEqual(
      [1, 2, 3, false].flatMap((offset) => names.map(() => offset)),
    );
    for (const name of names) {
      const stored = appends.filter((append) => append.name === name).slice(0, 3);
      const { entries } = await rig.log.read(name, 1, 10, 1_000_000);
      expect(entries.map(idOf)).toEqual(stored.map(({ item }) => item.id));
    }
  });

  it('drops the oldest entry of a full named topic, as a dead letter if it was guarded', async () => {
    const { app, name } = fresh('news');
    const first = rig.notification(name, { policy: 'all' });
    await rig.log.append(name, [first]);
    for (let i = 0; i < 3; i++) await rig.log.append(name, [rig.notification(name, { policy: 'none' })]);
    expect(await rig.log.info(name)).toMatchObject({ base: 1, head: 4 });
    const { letters } = await rig.letters.page(app, 10);
    expect(letters).toMatchObject([
      { id: first.id, offset: 1, reason: 'overflow', body: expect.stringContaining(first.body) },
    ]);
  });

  it('replaces an earlier entry with its key that nobody has acknowledged', async () => {
    const { name } = fresh('user:ada');
    const [one, two] = [1, 2].map(() => rig.notification(name, { collapseKey: 'cart' }));
    if (!one || !two) throw new Error('two were made');
    await rig.log.append(name, [one]);
    await rig.log.append(name, [two]);
    expect(await rig.receipts.delivery(one.id, name)).toMatchObject({ state: 'cancelled', reason: 'collapsed' });
    const { entries } = await rig.log.read(name, 1, 10, 1_000_000);
    expect(entries.map((text) => gapReason(text))).toEqual(['cancelled', undefined]);
    expect(entries[1]).toContain(two.id);
  });

  it('replaces an earlier unguarded entry that a newcomer has passed', async () => {
    const { name } = fresh('user:ada');
    await rig.log.append(name, [rig.notification(name)]);
    const [one, two] = [1, 2].map(() => rig.notification(name, { policy: 'none', collapseKey: 'cart' }));
    if (!one || !two) throw new Error('two were made');
    await rig.log.append(name, [one]);
    await rig.members.subscribe(name, 'newcomer', 'ada');
    await rig.log.append(name, [two]);
    const delivery = await rig.receipts.delivery(one.id, name);
    expect(delivery).toMatchObject({ state: 'cancelled', reason: 'collapsed', total: 0, acked: 0, pending: 0 });
  });
});

describe('a log', () => {
  it('is read no further than it is confirmed, and from its lowest entry', async () => {
    const { name } = fresh('news');
    for (let i = 0; i < 5; i++) await rig.log.append(name, [rig.notification(name, { policy: 'none' })]);
    expect((await rig.log.read(name, 1, 10, 1_000_000, 4)).entries).toHaveLength(2);
    expect(await rig.log.read(name, 1, 1, 1_000_000)).toMatchObject({ base: 2, head: 5, from: 3 });
    expect((await rig.log.read(name, 3, 10, 1)).entries).toHaveLength(1);
    const [head] = await rig.log.heads(partitionOf(name), [{ name, head: 5 }]);
    expect(head).toMatchObject({ head: 5 });
    expect(await rig.log.heads(0, [{ name: 'main:nothing', head: 0 }])).toEqual([
      { epoch: '', head: 0, diverged: false },
    ]);
  });
});

describe('a guard', () => {
  it('parks a delivery while nobody is online, uses no attempt, and is armed when somebody comes', async () => {
    const { name } = fresh('user:ada');
    const item = rig.notification(name, { ackWaitMs: 50 });
    const [parked] = await rig.log.append(name, [item]);
    expect(parked).not.toHaveProperty('wakeAtMs');
    expect((await rig.alarms.wake([name], true)).size).toBe(0);
    const { wakeAtMs = 0 } = await rig.members.subscribe(name, 's1', 'ada', 'node-1');
    expect(wakeAtMs).toBeGreaterThanOrEqual(rig.clock.now() - 1_000);
    expect(wakeAtMs).toBeLessThan(rig.clock.now() + 5_000);
  });

  it('redelivers after the ack wait, later each time, and gives up after the last attempt', async () => {
    const { app, name } = fresh('user:ada');
    await rig.members.subscribe(name, 's1', 'ada', 'node-1');
    const item = rig.notification(name, { ackWaitMs: 20, maxAttempts: 2 });
    await rig.log.append(name, [item]);
    const [first = 0] = await until(async () => {
      const woken = [...(await rig.alarms.wake([name], true)).keys()];
      const key = `${partitionPrefix(rig.config.keyPrefix, homeOf(item.id))}n:${item.id}`;
      return (await rig.redis.hget(key, 'wk')) === '1' && woken;
    });
    expect(first).toBeGreaterThan(0);
    await rig.acks.attempted([{ name, session: 's1', offset: 1, attempt: 2, ageMs: 0 }]);
    await until(async () => {
      await rig.alarms.wake([name], true);
      return (await rig.receipts.delivery(item.id, name))?.state === 'dead';
    });
    const { letters } = await rig.letters.page(app, 10);
    expect(letters).toMatchObject([{ id: item.id, reason: 'max_attempts', attempts: 2, maxAttempts: 2 }]);
    expect((await rig.log.read(name, 1, 10, 1_000)).entries.map(gapReason)).toEqual(['dead']);
    expect(await rig.books.books(app)).toMatchObject({ accepted: 1, dead: 1, pending: 0, difference: 0 });
  });

  it('finds deliveries whose job was lost, and expires those that are too old', async () => {
    const { app, name } = fresh('user:ada');
    const item = rig.notification(name, { expiresAtMs: rig.clock.now() - 5_000 });
    await rig.log.append(name, [item]);
    const { names } = await until(async () => {
      const overdue = await rig.alarms.overdue(1_000);
      return overdue.names.includes(name) && overdue;
    });
    await rig.alarms.wake(names);
    await rig.alarms.wake(names);
    expect(await rig.receipts.delivery(item.id, name)).toMatchObject({ state: 'expired' });
    expect(await rig.books.books(app)).toMatchObject({ accepted: 1, expired: 1, difference: 0 });
  });

  it('counts a nack as an attempt', async () => {
    const { name } = fresh('user:ada');
    await rig.members.subscribe(name, 's1', 'ada', 'node-1');
    const item = rig.notification(name, { maxAttempts: 2 });
    await rig.log.append(name, [item]);
    const nack = { name, epoch: '', session: 's1', offset: 1, terminate: false, reason: '' };
    expect(await rig.acks.nack({ ...nack, attempt: 1 })).toBe('again');
    expect(await rig.acks.nack({ ...nack, attempt: 2 })).toBe('dead');
    expect(await rig.receipts.delivery(item.id, name)).toMatchObject({ state: 'dead', reason: 'max_attempts' });
    expect(await rig.acks.nack({ ...nack, session: 'nobody', attempt: 1 })).toBe('not_member');
    expect(await rig.acks.nack({ ...nack, offset: 9, attempt: 1 })).toBe('above_head');
  });
});

describe('dead letters', () => {
  it('are listed newest first, each once, over many pages and partitions, and are dropped once', async () => {
    const { app } = fresh('news');
    const ids: string[] = [];
    for (let i = 0; i < 23; i++) {
      const name = `${app}:user:u${i}`;
      const item = rig.notification(name);
      await rig.members.subscribe(name, 's1', 'ada');
      await rig.log.append(name, [item]);
      const nack = { name, epoch: '', session: 's1', offset: 1, terminate: true, reason: 'never', attempt: 1 };
      await rig.acks.nack(nack);
      ids.push(item.id);
    }
    const found: { id: string; atMs: number }[] = [];
    let before: string | undefined = '';
    while (before !== undefined) {
      const page = await rig.letters.page(app, 5, before);
      found.push(...page.letters);
      before = page.next;
    }
    expect(found.map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
    expect(found.map(({ atMs }) => atMs)).toEqual(found.map(({ atMs }) => atMs).toSorted((a, b) => b - a));
    const [id = ''] = ids;
    expect(await rig.letters.find('other', id)).toBeUndefined();
    expect(await rig.letters.find(app, id)).toMatchObject({ id, reason: 'refused' });
    expect([await rig.letters.drop(app, id), await rig.letters.drop(app, id)]).toEqual([true, false]);
  });
});
