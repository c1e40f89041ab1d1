import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { partitionOf, partitionPrefix } from '../../src/contract/partition.js';
import { idOf, markOf } from '../../src/topic/entry-codec.js';
import type { Landmark } from '../../src/topic/topic-acks.js';
import type { Appended } from '../../src/topic/log-scripts.js';
import { CoreRig } from '../support/core-rig.js';

let rig: CoreRig;
let name: string;
let epoch: string;
/** Ids of the appended entries by offset. */
let ids: string[];
let marks: string[];
let apps = 0;

beforeAll(async () => {
  rig = await CoreRig.start({ env: { CONFIRM: 'local' } });
});
afterAll(() => rig?.close());

beforeEach(async () => {
  name = `app${apps++}:user:ada`;
  ids = [];
  marks = [];
  await rig.members.subscribe(name, 's1', 'ada', 'node');
  for (let i = 0; i < 4; i++) epoch = (await append()).epoch;
});

async function append(id?: string): Promise<Appended & { id: string }> {
  const item = rig.notification(name, id === undefined ? {} : { id });
  const [appended] = await rig.log.append(name, [item]);
  if (!appended) throw new Error('not appended');
  ids[appended.offset] = item.id;
  const { entries } = await rig.log.read(name, appended.offset, 1, 1_000);
  marks[appended.offset] = markOf(entries[0] ?? '');
  return { ...appended, id: item.id };
}

/** Removes the newest writes of a primary, as a failover does. */
async function unwrite(count: number): Promise<void> {
  const topic = `${partitionPrefix(rig.config.keyPrefix, partitionOf(name))}`;
  for (let i = 0; i < count; i++) {
    const entry = String(await rig.redis.rpop(`${topic}t:${name}:log`));
    const id = idOf(entry);
    await rig.redis.del(`${topic}n:${id}`);
    await rig.redis.zrem(`${topic}t:${name}:open`, `a${id}`);
  }
}

const seen = (offset: number): Landmark => ({ offset, mark: marks[offset] ?? '' });
const look = async (head: number, landmark?: Landmark) => {
  const [found] = await rig.log.heads(partitionOf(name), [{ name, head, ...(landmark && { landmark }) }]);
  return found;
};
const ack = async (upTo: number, landmark?: Landmark, under = epoch) => {
  const one = { name, epoch: under, session: 's1', upTo, offsets: [], ...(landmark && { landmark }) };
  const outcome = await rig.ack(one);
  return outcome;
};

describe('a log', () => {
  it('counts as the same while it holds what was seen', async () => {
    expect(await look(4, seen(4))).toEqual({ epoch, head: 4, diverged: false });
    await append();
    expect(await look(4, seen(4))).toEqual({ epoch, head: 5, diverged: false });
    await rig.log.cancel(ids[4] ?? '', name);
    expect(await look(4, seen(4))).toMatchObject({ diverged: false });
    expect(await look(4)).toMatchObject({ diverged: false });
  });

  it('has diverged if it is shorter or holds something else at that offset', async () => {
    const last = seen(4);
    await unwrite(1);
    expect(await look(4, last)).toEqual({ epoch, head: 3, diverged: true });
    expect(await look(4)).toMatchObject({ diverged: true });
    expect(await look(3, seen(3))).toMatchObject({ diverged: false });
    await append();
    expect(await look(4, last)).toEqual({ epoch, head: 4, diverged: true });
    await rig.log.cancel(ids[4] ?? '', name);
    expect(await look(4, last)).toMatchObject({ diverged: true });
  });
});

it('a log has diverged even if a retry has put the same notification at its old offset', async () => {
  const [, , , third, fourth] = ids;
  const last = seen(4);
  await unwrite(2);
  await append();
  await append(fourth);
  expect(ids[4]).toBe(fourth);
  expect(ids[3]).not.toBe(third);
  expect(await look(4, last)).toEqual({ epoch, head: 4, diverged: true });
});

describe('a new epoch', () => {
  it('is assigned once, and only to a log that has diverged', async () => {
    const view = { name, head: 4, landmark: seen(4) };
    expect(await rig.log.renumber(view, epoch)).toBe(epoch);
    await unwrite(2);
    const given = await Promise.all([1, 2, 3].map(() => rig.log.renumber(view, epoch)));
    expect(new Set(given).size).toBe(1);
    expect(given[0]).not.toBe(epoch);
    expect(await rig.log.renumber(view, epoch)).toBe(given[0]);
  });

  it('keeps surviving entries in place and never reuses an offset that was seen', async () => {
    await unwrite(2);
    const next = await rig.log.renumber({ name, head: 4, landmark: seen(4) }, epoch);
    const { entries } = await rig.log.read(name, 1, 10, 100_000);
    expect(entries.map((text) => text.slice(0, 1))).toEqual(['e', 'e', 'x', 'x']);
    expect(await append()).toMatchObject({ offset: 5, epoch: next });
    expect(await rig.members.subscribe(name, 's1', 'ada', 'node')).toMatchObject({ cursor: 0, head: 5, epoch: next });
    expect(await ack(5, seen(5), next)).toBe('stored');
    expect(await rig.members.subscribe(name, 's1', 'ada', 'node')).toMatchObject({ cursor: 5 });
  });

  it('does not hide entries that were accepted under the last epoch', async () => {
    await unwrite(1);
    await rig.log.renumber({ name, head: 4, landmark: seen(4) }, epoch);
    const delivery = await rig.receipts.delivery(ids[2] ?? '', name);
    expect(delivery).toMatchObject({ total: 1, acked: 0 });
    expect(await rig.log.cancel(ids[2] ?? '', name)).toBe('cancelled');
  });
});

describe('an ack', () => {
  it('for an entry lost in a failover does not count for its replacement', async () => {
    const old = seen(4);
    await unwrite(1);
    expect(await ack(4, old)).toBe('stale');
    await append();
    expect(await ack(4, old)).toBe('stale');
    expect(await rig.members.subscribe(name, 's1', 'ada', 'node')).toMatchObject({ cursor: 0 });
    expect(await ack(4, seen(4))).toBe('stored');
  });

  it('under an old epoch is void', async () => {
    await unwrite(1);
    await rig.log.renumber({ name, head: 4, landmark: seen(4) }, epoch);
    expect(await ack(3)).toBe('stale');
  });

  it('without an offset moves past entries that will never come, and past nothing else', async () => {
    await rig.log.cancel(ids[1] ?? '', name);
    const pass = { name, epoch, session: 's1', offsets: [] };
    expect(await rig.ack(pass)).toBe('stored');
    expect(await rig.members.subscribe(name, 's1', 'ada', 'node')).toMatchObject({ cursor: 1 });
  });
});

it('a nack for an entry lost in a failover does not count for its replacement', async () => {
  const old = seen(4);
  await unwrite(1);
  await append();
  const nack = { name, epoch, session: 's1', offset: 4, terminate: true, reason: '', attempt: 1 };
  expect(await rig.acks.nack({ ...nack, landmark: old })).toBe('stale');
  expect(await rig.acks.nack({ ...nack, landmark: seen(4) })).toBe('dead');
});
