import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { partitionOf, partitionPrefix } from '../../src/contract/partition.js';
import { AckShard, type AckSource } from '../../src/delivery/ack-shard.js';
import { TopicFeed } from '../../src/delivery/topic-feed.js';
import { UnstoredAcks } from '../../src/delivery/unstored-acks.js';
import { CoreRig } from '../support/core-rig.js';
import { RedisRig } from '../support/redis-rig.js';
import { until } from '../support/wait.js';

const ENTRIES = 3;
const MAX_SESSIONS_IN_CALL = 500;
const MAX_OFFSETS_OF_SESSION_IN_CALL = 128;

let redis: RedisRig;
let rig: CoreRig;
let shard: AckShard;
let unstored: UnstoredAcks;
let feed: TopicFeed;
let answers: string[];
let suspected: string[];
let topics = 0;

beforeAll(async () => {
  redis = await RedisRig.start();
  rig = await CoreRig.start({ redis });
});
afterAll(async () => {
  await rig?.close();
  await redis?.stop();
});
beforeEach(async () => {
  unstored = new UnstoredAcks(10_000);
  shard = new AckShard(rig.acks, unstored);
  answers = [];
  suspected = [];
  feed = await topic();
  // Redis knows the script from here on, so that each call is one command.
  await rig.ack({ name: feed.name, session: 'nobody', upTo: 1 });
});
afterEach(() => {
  expect({ collected: shard.size, unstored: unstored.total }).toEqual({ collected: 0, unstored: 0 });
});

/** A topic of which a member was sent all entries. */
async function topic(entries = ENTRIES): Promise<TopicFeed> {
  const name = `main:public.topic-${topics++}`;
  await rig.members.subscribe(name, 'ada', 'ada');
  const items = Array.from({ length: entries }, () => rig.notification(name, { policy: 'none' }));
  await rig.log.append(name, items);
  const made = new TopicFeed(name, name.slice('main:'.length), {
    keepsTail: false,
    budget: { bytes: 0, maxBytes: 0 },
    readLog: () => Promise.resolve(undefined),
    onSuspect: (one) => suspected.push(one.name),
  });
  const { epoch, head, headMark } = await rig.members.subscribe(name, 'ada', 'ada');
  made.establish(epoch, head, headMark);
  return made;
}

const of = (session: string, its = feed): AckSource => ({ feed: its, session, settled: 0 });
const answered = (who: string) => (outcome: string) => void answers.push(`${who}: ${outcome}`);
const join = async (session: string): Promise<unknown> => rig.members.subscribe(feed.name, session, session);
const cursorOf = async (session: string, { name } = feed): Promise<number> =>
  (await rig.members.subscribe(name, session, session)).cursor;
const keyOf = ({ name }: TopicFeed, kind: string): string =>
  `${partitionPrefix(rig.config.keyPrefix, partitionOf(name))}t:${name}:${kind}`;

/** Number of script calls that Redis has served during the work. */
async function calls(work: () => void | Promise<void>): Promise<number> {
  const count = async (): Promise<number> =>
    Number(/cmdstat_evalsha:calls=(\d+)/.exec(await redis.control.info('commandstats'))?.[1]);
  const before = await count();
  await work();
  await shard.flushed();
  return (await count()) - before;
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('the acks of a shard', () => {
  it('go out in one call for all sessions and topics of one turn, and each caller is answered in order', async () => {
    const other = await topic();
    const made = await calls(async () => {
      shard.upTo(of('ada'), 2, answered('first'));
      shard.upTo(of('ada'), 1, answered('lower'));
      await Promise.resolve();
      shard.only(of('ada', other), [2, 3], answered('single'));
      shard.only(of('ada', other), [3], answered('repeated'));
    });
    expect(made).toBe(1);
    expect(answers).toEqual(['first: stored', 'lower: stored', 'single: stored', 'repeated: stored']);
    expect(await cursorOf('ada')).toBe(2);
    expect(await rig.members.subscribe(other.name, 'ada', 'ada')).toMatchObject({ ahead: [2, 3] });
  });

  it('that arrive during a call go out together with the next', async () => {
    await join('bob');
    const made = await calls(async () => {
      shard.upTo(of('ada'), 1, answered('during none'));
      await turn();
      shard.upTo(of('ada'), 2, answered('during the first'));
      shard.upTo(of('bob'), 3, answered('bob'));
    });
    expect(made).toBe(2);
    expect(answers).toEqual(['during none: stored', 'during the first: stored', 'bob: stored']);
    expect(await cursorOf('ada')).toBe(2);
  });

  it('each have an outcome of their own', async () => {
    const made = await calls(() => {
      shard.upTo(of('stranger'), 1, answered('stranger'));
      shard.upTo(of('ada'), ENTRIES + 1, answered('ada'));
    });
    expect(made).toBe(1);
    expect(answers).toEqual(['stranger: not_member', 'ada: above_head']);
    expect(suspected).toEqual([feed.name]);
  });

  it('of an earlier epoch are not joined with those of the current one', async () => {
    const { epoch, head } = feed;
    feed.establish('former', 0, '');
    shard.upTo(of('ada'), 3, answered('former'));
    feed.establish(epoch, head, '');
    shard.upTo(of('ada'), 1, answered('current'));
    await shard.flushed();
    expect(answers).toEqual(['former: stale', 'current: stored']);
    expect(await cursorOf('ada')).toBe(1);
  });

  it('never take more sessions in a call than Redis serves quickly', async () => {
    const made = await calls(() => {
      for (let n = 0; n <= MAX_SESSIONS_IN_CALL; n++) shard.upTo(of(`s${n}`), 1, answered(`s${n}`));
    });
    expect(made).toBe(2);
    expect(answers).toHaveLength(MAX_SESSIONS_IN_CALL + 1);
  });

  it('of one session cannot hold up another: many single ones go out in parts, and the last part answers', async () => {
    await join('bob');
    feed = await topic(2 * MAX_OFFSETS_OF_SESSION_IN_CALL + 1);
    await join('bob');
    const all = Array.from({ length: feed.head }, (_, index) => index + 1);
    const made = await calls(() => {
      shard.only(of('ada'), all, answered('ada'));
      shard.upTo(of('bob'), 1, answered('bob'));
    });
    expect(made).toBe(3);
    expect(answers).toEqual(['bob: stored', 'ada: stored']);
    expect(await cursorOf('ada')).toBe(feed.head);
  });
});

describe('acks that Redis does not store', () => {
  it('are kept while it refuses everything, joined with later ones, and answered once it has them', async () => {
    await redis.control.call('ACL', 'SETUSER', 'default', '-evalsha');
    shard.upTo(of('ada'), 1, answered('first'));
    await turn();
    shard.only(of('ada'), [3], answered('during the call'));
    await shard.flushed();
    expect(answers).toEqual([]);
    expect({ collected: shard.size, unstored: unstored.total }).toEqual({ collected: 1, unstored: 1 });
    shard.upTo(of('ada'), 2, answered('later'));
    shard.only(of('ada'), [3], answered('again'));
    await redis.control.call('ACL', 'SETUSER', 'default', '+evalsha');
    await until(() => answers.length > 0);
    expect(answers).toEqual(['first: stored', 'during the call: stored', 'later: stored', 'again: stored']);
    expect(await cursorOf('ada')).toBe(3);
  });

  it('are dropped if it can never store them, and the others of the call are stored', async () => {
    const broken = await topic();
    await redis.control.set(keyOf(broken, 'cur'), 'not a sorted set');
    shard.upTo(of('ada'), 2, answered('before'));
    shard.only(of('ada', broken), [1, 2], answered('broken'));
    const other = await topic();
    shard.upTo(of('ada', other), 3, answered('after'));
    await shard.flushed();
    expect(answers.toSorted()).toEqual(['after: stored', 'before: stored', 'broken: dropped']);
    expect([await cursorOf('ada'), await cursorOf('ada', other)]).toEqual([2, 3]);
  });
});
