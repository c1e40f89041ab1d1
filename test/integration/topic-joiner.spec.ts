import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { GatewayNode, type Link } from '../model/gateway-node.js';
import { CoreRig } from '../support/core-rig.js';
import {
  type Frame,
  type Gap,
  type Notification,
  parseFrames,
  type Subscribed,
  type Welcome,
} from '../support/frames.js';
import { until } from '../support/wait.js';

const TOPIC = 'public.news';
/** The log holds offsets 3 to 8. */
const HEAD = 8;
const BASE = 2;

let rig: CoreRig;
let node: GatewayNode;
let app: string;
let session: string;
let epoch: string;
let ids: string[];
let frames: Frame[];
let link: Link;
let apps = 0;

beforeAll(async () => {
  rig = await CoreRig.start({ env: { HEADS_POLL_MS: '60000', TOPIC_MAX_ENTRIES: String(HEAD - BASE) } });
  node = new GatewayNode(rig);
  await node.start();
});
afterAll(async () => {
  await node?.stop();
  await rig?.close();
});
beforeEach(async () => {
  app = `joined${apps++}`;
  ids = [];
  frames = [];
  const identity = { user: 'ada', app, expiresAtMs: Number.MAX_SAFE_INTEGER, topics: ['*'], publish: [] };
  link = node.connect(
    identity,
    undefined,
    (text) => frames.push(...parseFrames(text)),
    () => undefined,
  );
  link.send({ event: 'hello', id: 'hello' });
  const welcome = await until(() => frames.find(({ event }) => event === 'welcome'));
  ({ session } = welcome.data as Welcome);
});
afterEach(() => link.cut());

const name = (): string => `${app}:${TOPIC}`;
const offsets = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, n) => from + n);
const ofTopic = <T extends { topic: string }>(event: string): T[] =>
  frames.flatMap((frame) => (frame.event === event && (frame.data as T).topic === TOPIC ? [frame.data as T] : []));
const sent = (): Notification[] => ofTopic('notification');
const gaps = (): string[] => ofTopic<Gap>('gap').map(({ reason, from, to }) => `${reason} ${from}-${to}`);

async function append(count: number): Promise<void> {
  for (let n = 0; n < count; n++) {
    const item = rig.notification(name(), { policy: 'none' });
    const [appended] = await rig.log.append(name(), [item]);
    epoch = appended?.epoch ?? '';
    ids.push(item.id);
  }
}

/** Fills the topic; the session is a recipient of everything after its cursor. */
async function fill(cursor: number): Promise<void> {
  await append(cursor);
  await rig.members.subscribe(name(), session, 'ada');
  await append(HEAD - cursor);
}

async function subscribe(position: object = {}): Promise<Subscribed> {
  const id = `subscribe ${frames.length}`;
  link.send({ event: 'subscribe', data: { topic: TOPIC, ...position }, id });
  return (await until(() => frames.find((frame) => frame.id === id))).data as Subscribed;
}

interface Case {
  readonly at: string;
  readonly cursor?: number;
  /** Requested position; `last` is the offset whose id it names. */
  readonly position?: { readonly offset?: number; readonly epoch?: string; readonly rewind?: number; last?: number };
  readonly from: number;
  readonly recovered: boolean;
  readonly gaps?: readonly string[];
}

const CASES: readonly Case[] = [
  { at: 'its cursor without a position', from: HEAD, recovered: true },
  { at: 'its cursor with entries that it has not acknowledged', cursor: 4, from: 4, recovered: true },
  { at: 'a cursor whose entries are gone', cursor: 0, from: 0, recovered: false, gaps: ['trimmed 1-2'] },
  { at: 'the last n entries', position: { rewind: 3 }, from: HEAD - 3, recovered: true },
  {
    at: 'the oldest entry when it asks for more than there are',
    position: { rewind: 99 },
    from: BASE,
    recovered: true,
  },
  {
    at: 'its cursor when it asks for fewer than are due',
    cursor: 4,
    position: { rewind: 1 },
    from: 4,
    recovered: true,
  },
  { at: 'an offset', position: { offset: 5 }, from: 5, recovered: true },
  { at: 'an offset whose entry it names', position: { offset: 5, last: 5 }, from: 5, recovered: true },
  { at: 'its cursor when the offset is above it', cursor: 4, position: { offset: 6 }, from: 4, recovered: true },
  { at: 'the head', position: { offset: HEAD, last: HEAD }, from: HEAD, recovered: true },
  { at: 'an offset whose entry is gone', position: { offset: BASE, last: 7 }, from: BASE, recovered: true },
  { at: 'an offset below the log', position: { offset: 1 }, from: 1, recovered: false, gaps: ['trimmed 2-2'] },
];

const RESETS: readonly Case[] = [
  { at: 'another entry is there', position: { offset: 5, last: 6 }, from: BASE, recovered: false },
  { at: 'the log ends before it', position: { offset: HEAD + 1 }, from: BASE, recovered: false },
  { at: 'the topic has another epoch', position: { offset: 5, epoch: 'former' }, from: BASE, recovered: false },
  {
    at: 'another entry is there, and entries are due that are gone',
    cursor: 1,
    position: { offset: 5, last: 6 },
    from: 1,
    recovered: false,
    gaps: ['reset 1-1', 'trimmed 2-2'],
  },
].map((one) => ({ gaps: ['reset 1-2'], ...one }));

async function expectStart({ cursor = HEAD, position, from, recovered, gaps: told = [] }: Case): Promise<void> {
  await fill(cursor);
  const { last, ...rest } = position ?? {};
  const asked = {
    ...(rest.offset !== undefined && { epoch }),
    ...rest,
    ...(last !== undefined && { lastId: ids[last - 1] }),
  };
  expect(await subscribe(asked)).toEqual({ topic: TOPIC, epoch, offset: HEAD, cursor: from, recovered });
  const due = offsets(Math.max(from, BASE) + 1, HEAD);
  await until(() => sent().length >= due.length);
  expect(sent().map(({ offset }) => offset)).toEqual(due);
  expect(sent().every(({ attempt }) => attempt === 1)).toBe(true);
  expect(gaps()).toEqual(told);
}

describe('a session that joins a topic', () => {
  it.each(CASES)('starts at $at', expectStart);
  it.each(RESETS)('is told to forget its offsets if $at', expectStart);

  it('is sent nothing twice when it joins again without a position', async () => {
    await fill(4);
    await subscribe();
    await until(() => sent().length === HEAD - 4);
    expect(await subscribe()).toMatchObject({ cursor: 4, recovered: true });
    await append(1);
    await until(() => sent().at(-1)?.offset === HEAD + 1);
    expect(sent().map(({ offset }) => offset)).toEqual(offsets(5, HEAD + 1));
  });

  it('is sent entries again, as further attempts, when it joins again at an earlier position', async () => {
    await fill(4);
    await subscribe();
    await until(() => sent().length === HEAD - 4);
    frames.length = 0;
    expect(await subscribe({ rewind: 6 })).toMatchObject({ cursor: BASE, recovered: true });
    await until(() => sent().at(-1)?.offset === HEAD);
    expect(sent().map(({ offset }) => offset)).toEqual(offsets(BASE + 1, HEAD));
    expect(sent().every(({ offset, attempt }) => offset <= 4 || attempt === 2)).toBe(true);
  });
});
