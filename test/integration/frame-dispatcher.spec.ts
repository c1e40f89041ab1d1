import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { GatewayNode, type Link } from '../model/gateway-node.js';
import { CoreRig } from '../support/core-rig.js';
import { type ErrorFrame, type Frame, parseFrames, type Welcome } from '../support/frames.js';
import { until } from '../support/wait.js';

const APP = 'main';

let rig: CoreRig;
let node: GatewayNode;
let user: string;
let frames: Frame[];
let link: Link;
let users = 0;

beforeAll(async () => {
  rig = await CoreRig.start({ env: { HEADS_POLL_MS: '60000', WS_HELLO_GRACE_MS: '60000' } });
  node = new GatewayNode(rig);
  await node.start();
});
afterAll(async () => {
  await node?.stop();
  await rig?.close();
});
beforeEach(() => {
  user = `user-${users++}`;
  connect();
});
afterEach(() => link.cut());

function connect(session?: string): void {
  frames = [];
  const identity = { user, app: APP, expiresAtMs: Number.MAX_SAFE_INTEGER, topics: ['*'], publish: [] };
  link = node.connect(
    identity,
    session,
    (text) => frames.push(...parseFrames(text)),
    () => undefined,
  );
}

const idOf = ({ id, event, data }: Frame): string | number | undefined =>
  id ?? (event === 'error' ? (data as ErrorFrame).id : undefined);
const send = (event: string, data?: object, id?: number): void => link.send({ event, data, id });
const seen = (event: string): boolean => frames.some((frame) => frame.event === event);
const answerTo = (id: number): Promise<unknown> => until(() => frames.some((frame) => idOf(frame) === id));
/** Answers to requests and errors, as they came. */
const answers = (): string[] =>
  frames
    .filter((frame) => idOf(frame) !== undefined || frame.event === 'error')
    .map((frame) => [idOf(frame), frame.event, (frame.data as Partial<ErrorFrame> | undefined)?.code])
    .map((words) => words.filter(Boolean).join(' '));

/** A session that was sent some notifications. */
async function loaded(count: number): Promise<{ topic: string; name: string; session: string }> {
  const topic = `user:${user}`;
  const name = `${APP}:${topic}`;
  send('hello', {}, 0);
  const welcome = await until(() => frames.find(({ event }) => event === 'welcome'));
  for (let n = 0; n < count; n++) await rig.log.append(name, [rig.notification(name)]);
  await until(() => frames.filter(({ event }) => event === 'notification').length === count);
  frames.length = 0;
  return { topic, name, session: (welcome.data as Welcome).session };
}

describe('the frames of one socket', () => {
  it('are answered in the order of arrival, whether they wait for Redis or are refused at once', async () => {
    const { topic } = await loaded(3);
    send('subscribe', { topic: 'public.a' }, 1);
    send('ping', undefined, 2);
    send('ack', { topic, offset: 99 }, 3);
    send('ack', { topic, offset: 1 }, 4);
    send('nonsense', undefined, 5);
    send('nack', { topic, offset: 2, terminate: true }, 6);
    send('ack', { topic, offsets: [3] }, 7);
    send('presence', { topic: 'public.a' }, 8);
    send('subscribe', { topic: 'no topic' }, 9);
    send('ping', undefined, 10);
    await answerTo(10);
    expect(answers()).toEqual([
      '1 subscribed',
      '2 pong',
      '3 error offset_above_head',
      '4 acked',
      '5 error unknown_event',
      '6 nacked',
      '7 acked',
      '8 presence',
      '9 error invalid_request',
      '10 pong',
    ]);
  });

  it('run one after another, so that each finds what the one before has done', async () => {
    await loaded(0);
    const topic = 'public.b';
    send('subscribe', { topic }, 1);
    send('unsubscribe', { topic }, 2);
    send('unsubscribe', { topic }, 3);
    send('subscribe', { topic }, 4);
    await answerTo(4);
    expect(answers()).toEqual(['1 subscribed', '2 unsubscribed', '3 error not_subscribed', '4 subscribed']);
    await rig.log.append(`${APP}:${topic}`, [rig.notification(`${APP}:${topic}`, { policy: 'none' })]);
    await until(() => seen('notification'));
  });

  it('keep their order within a message and beside one that cannot be read', async () => {
    const { topic } = await loaded(1);
    const one = { event: 'subscribe', data: { topic: 'public.c' }, id: 1 };
    link.send([one, { event: 'ack', data: { topic, offset: 1 }, id: 2 }, { event: 'ping', id: 3 }]);
    link.send(['not a frame']);
    send('ping', undefined, 4);
    await answerTo(4);
    expect(answers()).toEqual(['1 subscribed', '2 acked', '3 pong', 'error malformed_frame', '4 pong']);
  });
});

describe('frames that come before there is a session', () => {
  it('are served after the welcome', async () => {
    send('subscribe', { topic: 'public.d' }, 1);
    send('ping', undefined, 2);
    await answerTo(2);
    expect(answers()).toEqual(['1 subscribed', '2 pong']);
    expect(frames[0]?.event).toBe('welcome');
  });

  it('include acks for the session that the client resumes', async () => {
    const { topic, name, session } = await loaded(3);
    link.cut();
    await until(async () => (await rig.store.find([session]))[0]?.state === 'suspended');
    connect();
    send('hello', { session }, 1);
    send('ack', { topic, offset: 1 });
    send('ack', { topic, offsets: [3] }, 2);
    send('nack', { topic, offset: 2, terminate: true }, 3);
    send('ping', undefined, 4);
    await answerTo(4);
    expect(answers()).toEqual(['1 welcome', '2 acked', '3 nacked', '4 pong']);
    await node.acks.flush();
    await until(async () => (await rig.members.subscribe(name, session, user, node.holder)).cursor >= 1);
  });

  it('wait for those before them: an ack is refused for a topic that is not joined yet, and then judged', async () => {
    send('hello', {}, 1);
    send('ack', { topic: 'public.e', offset: 1 }, 2);
    send('subscribe', { topic: 'public.e' }, 3);
    send('ack', { topic: 'public.e', offset: 1 }, 4);
    await answerTo(4);
    expect(answers()).toEqual(['1 welcome', '2 error not_subscribed', '3 subscribed', '4 error offset_above_head']);
  });
});
