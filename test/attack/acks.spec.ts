import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { partitionOf, partitionPrefix } from '../../src/contract/partition.js';
import type { FrameSocket } from '../support/frame-socket.js';
import type { ErrorFrame } from '../support/frames.js';
import { PostriderRig } from '../support/postrider-rig.js';
import { until } from '../support/wait.js';

const MAX_UNSTORED = 2_048;
const FRAME = 1_024;
const ENTRIES = 4 * FRAME;

let rig: PostriderRig;

beforeAll(async () => {
  rig = await PostriderRig.start({ redis: { appendOnly: true }, env: { WS_MAX_UNSTORED_ACKS: String(MAX_UNSTORED) } });
});

afterAll(() => rig?.close());

async function member(user: string, topic: string): Promise<FrameSocket> {
  const socket = await rig.socket(user);
  await socket.welcome();
  await socket.request('subscribe', { topic }, 'joined');
  return socket;
}

/** Lets another user receive and acknowledge a notification. @returns its final state. */
async function othersAck(user: string): Promise<void> {
  const socket = await rig.socket(user);
  const { id } = await rig.rest().notify({ to: { user }, type: 'n', data: 1 });
  const { offset } = await socket.notification(`user:${user}`);
  socket.send('ack', { topic: `user:${user}`, offset });
  await until(async () => (await rig.rest().status(id)).state === 'acknowledged', { what: 'the ack of another' });
  socket.close();
}

const metric = async (name: string): Promise<number> =>
  Number(new RegExp(`^${name} (\\d+)$`, 'm').exec((await rig.rest().get<string>('/metrics')).body)?.[1]);

describe('a flood of acknowledgments', () => {
  it('with more single offsets than can be stored is refused, accepted ones are stored, and others are served', async () => {
    const topic = 'public.flood';
    const mallory = await member('mallory', topic);
    const notifications = Array.from({ length: FRAME }, () => ({ to: { topic }, type: 'n', data: 1 }));
    for (let sent = 0; sent < ENTRIES; sent += FRAME) {
      await rig.rest().post('/v1/notifications/batch', { notifications: notifications.slice(0, 512) });
      await rig.rest().post('/v1/notifications/batch', { notifications: notifications.slice(512) });
    }
    // Once another session has joined, the node knows the head of the topic.
    (await member('witness', topic)).close();
    rig.redis.pause();
    try {
      for (let from = 1; from <= ENTRIES; from += FRAME) {
        const offsets = Array.from({ length: FRAME }, (_, index) => from + index);
        mallory.send('ack', { topic, offsets });
      }
      await until(() => mallory.all<ErrorFrame>('error').length === 2, { what: 'the refusals' });
    } finally {
      rig.redis.unpause();
    }
    expect(mallory.all<ErrorFrame>('error')).toEqual(
      Array.from({ length: 2 }, () =>
        expect.objectContaining({ code: 'rate_limited', retryable: true, field: 'offsets' }),
      ),
    );
    await othersAck('victim');
    await until(async () => (await metric('postrider_acks_waiting_offsets')) === 0, { what: 'all stored' });
    expect((await rig.rest().get<string>('/metrics')).body).toMatch(/postrider_limited_total\{limit="acks"\} 2/);
    mallory.close();
  });

  it('for a topic that is broken in Redis is dropped and reported, and others are served', async () => {
    const topic = 'public.broken';
    const mallory = await member('mallory', topic);
    await rig.rest().notify({ to: { topic }, type: 'n', data: 1 });
    const { offset } = await mallory.notification(topic);
    const name = `main:${topic}`;
    const keys = await rig.redis.control.keys(`${partitionPrefix('pr', partitionOf(name))}*${name}*`);
    for (const key of keys) {
      if ((await rig.redis.control.type(key)) !== 'zset') continue;
      await rig.redis.control.del(key);
      await rig.redis.control.set(key, 'broken');
    }
    const answer = mallory.request<ErrorFrame>('ack', { topic, offset }, 'lost');
    await othersAck('victim');
    expect(await answer).toMatchObject({ event: 'error', data: { code: 'internal' } });
    expect(rig.server().log.filter((line) => line.includes('acks_dropped'))).toHaveLength(1);
    mallory.close();
  });
});

describe('nacks', () => {
  it('for one notification wait as one, and end with their socket', async () => {
    const mallory = await rig.socket('nacker');
    const { id } = await rig.rest().notify({ to: { user: 'nacker' }, type: 'n', data: 1, maxAttempts: 50 });
    const { offset } = await mallory.notification('user:nacker');
    const nack = { event: 'nack', data: { topic: 'user:nacker', offset, delayMs: 86_400_000 } };
    mallory.sendRaw(JSON.stringify(Array.from({ length: 500 }, () => nack)));
    await mallory.request('nack', nack.data, 'stored');
    expect(await metric('postrider_nacked_in_flight')).toBe(1);
    expect(await metric('postrider_nacks_waiting')).toBe(0);
    expect((await rig.rest().status(id)).state).toBe('accepted');
    mallory.close();
    await until(async () => (await metric('postrider_nacked_in_flight')) === 0, { what: 'nothing waits' });
  });

  it('redeliver sooner if they are repeated with a shorter delay', async () => {
    const socket = await rig.socket('sooner');
    await rig.rest().notify({ to: { user: 'sooner' }, type: 'n', data: 1 });
    const { offset } = await socket.notification('user:sooner');
    await socket.request('nack', { topic: 'user:sooner', offset, delayMs: 86_400_000 }, 1);
    await socket.request('nack', { topic: 'user:sooner', offset, delayMs: 100 }, 2);
    expect(await socket.notification('user:sooner')).toMatchObject({ offset, attempt: 2 });
    socket.close();
  });

  it('that are repeated are answered once the first of them is stored', async () => {
    const socket = await rig.socket('repeated');
    const { id } = await rig.rest().notify({ to: { user: 'repeated' }, type: 'n', data: 1 });
    const { offset } = await socket.notification('user:repeated');
    const nack = { topic: 'user:repeated', offset, delayMs: 86_400_000 };
    rig.redis.pause();
    try {
      for (const name of ['first', 'second']) socket.send('nack', nack, name);
      await until(() => metric('postrider_nacks_waiting'), { what: 'the nack waits' });
      expect(socket.frames.filter(({ event }) => event === 'nacked')).toEqual([]);
    } finally {
      rig.redis.unpause();
    }
    for (const name of ['first', 'second']) expect(await socket.answer(name)).toMatchObject({ event: 'nacked' });
    expect((await rig.rest().status(id)).state).toBe('accepted');
    socket.close();
  });

  it.each([false, true])('that Redis does not accept are kept until it does (terminate: %s)', async (terminate) => {
    const user = `kept-${terminate}`;
    const socket = await rig.socket(user);
    const { id } = await rig.rest().notify({ to: { user }, type: 'n', data: 1 });
    const { offset } = await socket.notification(`user:${user}`);
    rig.redis.pause();
    let waited: number;
    try {
      socket.send('nack', { topic: `user:${user}`, offset, delayMs: 100, terminate }, 'nack');
      // The metrics need no Redis. The first try has failed once its command has timed out.
      waited = await until(() => metric('postrider_nacks_waiting'), { what: 'the nack waits' });
      await until(async () => (await rig.rest().get('/health/ready')).status === 503, { what: 'Redis is missed' });
    } finally {
      rig.redis.unpause();
    }
    expect(waited).toBe(1);
    expect(await socket.answer('nack')).toMatchObject({ event: 'nacked' });
    if (terminate) await until(async () => (await rig.rest().status(id)).state === 'dead');
    else expect(await socket.notification(`user:${user}`)).toMatchObject({ offset, attempt: 2 });
    socket.close();
  });

  it('that cover an entry refused while Redis was away leave it refused', async () => {
    const user = 'refusing';
    const socket = await rig.socket(user);
    const topic = `user:${user}`;
    const sent: { id: string; offset: number }[] = [];
    for (let n = 0; n < 4; n++) {
      const { id } = await rig.rest().notify({ to: { user }, type: 'n', data: n });
      sent.push({ id, offset: (await socket.notification(topic)).offset });
    }
    const [last, ...refused] = sent.toReversed();
    await rig.redis.kill();
    await until(async () => (await rig.rest().get('/health/ready')).status === 503, { what: 'Redis is missed' });
    for (const { offset } of refused) socket.send('nack', { topic, offset, terminate: true }, `nack-${offset}`);
    await until(async () => (await metric('postrider_nacks_waiting')) === refused.length, { what: 'the nacks wait' });
    await rig.redis.restart();
    // Waits until the node sees Redis again; the refusals are only retried some time later.
    await until(
      () => {
        socket.send('ack', { topic, offset: last?.offset });
        return socket.frames.some(({ event }) => event === 'nacked');
      },
      { everyMs: 10 },
    );
    socket.send('ack', { topic, offset: last?.offset }, 'ack');
    expect(await socket.answer('ack')).toMatchObject({ event: 'acked' });
    for (const { id } of refused) {
      expect(await rig.rest().status(id)).toMatchObject({ state: 'dead', recipients: { acked: 0, refused: 1 } });
    }
    expect((await rig.rest().status(last?.id ?? '')).state).toBe('acknowledged');
    socket.close();
  });
});
