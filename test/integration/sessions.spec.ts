import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { CoreRig } from '../support/core-rig.js';
import { until } from '../support/wait.js';
import { partitionPrefix } from '../../src/contract/partition.js';
import { homeOf } from '../../src/contract/notification-id.js';

const TTL_MS = 60_000;
const LEASE_MS = 500;

let rig: CoreRig;
beforeAll(async () => {
  rig = await CoreRig.start({ env: { SESSION_TTL_MS: String(TTL_MS), LEASE_MS: String(LEASE_MS) } });
});
afterAll(() => rig?.close());

let users = 0;
/** Creates two nodes and a session on the first one, which is a member of its topics. */
async function opened() {
  const user = `user-${users++}`;
  const [a, b] = [rig.node(), rig.node()];
  const { id } = await a.sessions.open(user, 'main');
  const record = async () => (await rig.store.find([id]))[0];
  const topics = [`main:user:${user}`, 'main:all'];
  for (const name of topics) await rig.members.subscribe(name, id, user, a.lease.holder);
  const isLive = async (): Promise<boolean> => (await rig.log.info(topics[0] ?? '', true)).live.has(id);
  /** Makes the session look overdue. */
  const makeDue = async (): Promise<void> => {
    await rig.redis.zadd(`${partitionPrefix(rig.config.keyPrefix, homeOf(id))}expiring`, 1, id);
  };
  return { user, a, b, id, record, topics, isLive, makeDue };
}

describe('a session', () => {
  it('is open, belongs to its node and is subscribed to its topics', async () => {
    const { a, user, record, isLive } = await opened();
    expect(await record()).toMatchObject({ user, app: 'main', state: 'open', generation: 1, node: a.lease.holder });
    expect((await record())?.topics.toSorted()).toEqual(['all', `user:${user}`]);
    expect(await isLive()).toBe(true);
  });

  it('gets a new generation when it is taken over, and its old node can no longer write', async () => {
    const { a, b, id, user, record, topics } = await opened();
    expect(await b.sessions.resume(id, user, 'main')).toMatchObject({ generation: 2 });
    for (const name of topics) await rig.members.subscribe(name, id, user, b.lease.holder);
    const before = await record();
    await a.sessions.suspend(id, 'main', 1, new Map());
    expect(await record()).toEqual(before);
    expect(await rig.store.addTopic(id, 'news', 1)).toBeUndefined();
    expect(await rig.store.removeTopic(id, 'all', 1)).toBe(false);
    expect(await a.sessions.reclaim(id, user, 'main', 1)).toBe('taken');
    expect((await rig.log.info(topics[0] ?? '', true)).live.get(id)).toEqual({ node: b.lease.holder, user });
  });

  it('is not taken from a newer connection of the same client', async () => {
    const { a, b, id, user, record } = await opened();
    const askedAtMs = rig.clock.now() - 5_000;
    expect(await b.sessions.resume(id, user, 'main', askedAtMs)).toBe('overtaken');
    expect(await record()).toMatchObject({ state: 'open', generation: 1, node: a.lease.holder });
    expect(await b.sessions.resume(id, 'somebody', 'main', askedAtMs)).toBe('foreign');
    expect(await b.sessions.resume(id, user, 'main', rig.clock.now())).toMatchObject({ generation: 2 });
    await b.sessions.suspend(id, 'main', 2, new Map());
    expect(await a.sessions.resume(id, user, 'main', askedAtMs)).toMatchObject({ generation: 3 });
  });

  it('is not suspended by the end of its former connection once it has come back to its node', async () => {
    const { a, id, user, record } = await opened();
    expect(await a.sessions.resume(id, user, 'main')).toMatchObject({ generation: 2 });
    await a.sessions.suspend(id, 'main', 1, new Map([[`user:${user}`, 'e1 4 ']]));
    expect(await record()).toMatchObject({ state: 'open', generation: 2, node: a.lease.holder });
  });

  it('keeps its marks while suspended, hands them over once, and is offline in between', async () => {
    const { a, b, id, user, isLive, record } = await opened();
    await a.sessions.suspend(id, 'main', 1, new Map([[`user:${user}`, 'e1 4 3=2']]));
    expect(await record()).toMatchObject({ state: 'suspended' });
    expect(await isLive()).toBe(false);
    const resumed = await b.sessions.resume(id, user, 'main');
    expect(resumed).toMatchObject({ generation: 2 });
    if (typeof resumed === 'object') expect(resumed.topics.get(`user:${user}`)).toBe('e1 4 3=2');
    const again = await a.sessions.resume(id, user, 'main');
    if (typeof again === 'object') expect(again.topics.get(`user:${user}`)).toBe('?');
  });

  it('goes offline before it is suspended, so that the next try repairs a failure between the two', async () => {
    const { a, id, user, isLive, record } = await opened();
    const marks = new Map([
      [`user:${user}`, '?'],
      ['all', '?'],
    ]);
    const offline = jest.spyOn(rig.members, 'offline').mockRejectedValueOnce(new Error('no answer'));
    await expect(a.sessions.suspend(id, 'main', 1, marks)).rejects.toThrow('no answer');
    offline.mockRestore();
    expect(await record()).toMatchObject({ state: 'open' });
    await a.sessions.suspend(id, 'main', 1, marks);
    expect(await record()).toMatchObject({ state: 'suspended' });
    expect(await isLive()).toBe(false);
  });

  it('gets one holder when many nodes claim it at once', async () => {
    const { a, b, id, user, record } = await opened();
    const claims = await Promise.all([a, b, a, b, a].map(({ sessions }) => sessions.resume(id, user, 'main')));
    const generations = claims.map((claim) => (typeof claim === 'object' ? claim.generation : 0));
    expect(generations.toSorted()).toEqual([2, 3, 4, 5, 6]);
    expect((await record())?.generation).toBe(6);
  });

  it('cannot be claimed by another user', async () => {
    const { b, id, user } = await opened();
    expect(await b.sessions.resume(id, 'eve', 'main')).toBe('foreign');
    expect(await b.sessions.resume(id, user, 'other')).toBe('foreign');
    expect(await b.sessions.end(id, 'other')).toBe(false);
    expect(await b.sessions.resume('0'.repeat(26), user, 'main')).toBe('gone');
    expect(await b.sessions.resume('no id', user, 'main')).toBe('gone');
  });

  it('ends once, only after its deadline, and leaves its topics', async () => {
    const { a, id, user, topics, makeDue } = await opened();
    expect(await a.sessions.expire(id)).toBe(false);
    await a.sessions.suspend(id, 'main', 1, new Map());
    expect(await a.sessions.expire(id)).toBe(false);
    await makeDue();
    expect(await Promise.all([a.sessions.expire(id), a.sessions.expire(id)])).toContain(true);
    expect(await a.sessions.expire(id)).toBe(false);
    expect(await a.sessions.resume(id, user, 'main')).toBe('gone');
    for (const name of topics) expect(await rig.receipts.members(name, '', 10)).not.toContain(id);
  });

  it('does not end if it is resumed although its deadline has passed', async () => {
    const { a, b, id, user, makeDue, record } = await opened();
    await a.sessions.suspend(id, 'main', 1, new Map());
    await makeDue();
    await b.sessions.resume(id, user, 'main');
    await makeDue();
    await a.sweep.run();
    expect(await record()).toMatchObject({ state: 'open', generation: 2 });
  });

  it('is ended by the sweep after a crash halfway through its end', async () => {
    const { a, id, topics, record } = await opened();
    expect(await rig.store.expire(id, 'main')).toBeDefined();
    expect(await rig.receipts.members(topics[0] ?? '', '', 10)).toContain(id);
    await a.sweep.run();
    expect(await record()).toBeUndefined();
    for (const name of topics) expect(await rig.receipts.members(name, '', 10)).not.toContain(id);
  });
});

describe('a node', () => {
  it('has its sessions suspended once it is gone, and may take back those that nobody else has taken', async () => {
    const { a, b, id, user, record, isLive } = await opened();
    // The lease is taken but never renewed, as by a killed or stopped node.
    await a.lease.keep(() => undefined);
    await a.lease.release();
    await until(async () => {
      await b.sweep.run();
      return (await record())?.state === 'suspended';
    });
    expect(await isLive()).toBe(false);
    expect(await a.sessions.reclaim(id, user, 'main', 1)).toEqual({ generation: 2, known: false });
    expect(await record()).toMatchObject({ state: 'open', generation: 2, node: a.lease.holder });
    expect(await b.sessions.resume(id, user, 'main')).toMatchObject({ generation: 3 });
    expect(await a.sessions.reclaim(id, user, 'main', 2)).toBe('taken');
  });

  it('leaves no live session behind, even if its reaper failed halfway', async () => {
    const { a, b, id, record, isLive } = await opened();
    const offline = jest.spyOn(rig.members, 'offline').mockRejectedValueOnce(new Error('no answer'));
    await expect(b.sessions.reap(id, a.lease.holder)).rejects.toThrow('no answer');
    offline.mockRestore();
    await b.sessions.reap(id, a.lease.holder);
    expect(await record()).toMatchObject({ state: 'suspended' });
    expect(await isLive()).toBe(false);
  });

  it('keeps its sessions while it lives', async () => {
    const { a, b, record } = await opened();
    await a.lease.keep(() => undefined);
    await b.sweep.run();
    expect(await record()).toMatchObject({ state: 'open' });
    await a.lease.release();
    await until(async () => {
      await b.sweep.run();
      return (await b.lease.gone()).length === 0;
    });
  });
});
