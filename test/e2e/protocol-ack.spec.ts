import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { FrameSocket } from '../support/frame-socket.js';
import type { Frame } from '../support/frames.js';
import { PostriderRig } from '../support/postrider-rig.js';
import type { Accepted, State } from '../support/rest-types.js';
import { until } from '../support/wait.js';

describe('acknowledging', () => {
  let rig: PostriderRig;

  beforeAll(async () => {
    rig = await PostriderRig.start();
  });

  afterAll(() => rig?.close());

  /** Opens a user's socket that has received `count` notifications. */
  const loaded = async (
    user: string,
    count: number,
  ): Promise<{ socket: FrameSocket; ids: string[]; topic: string }> => {
    const topic = `user:${user}`;
    const socket = await rig.socket(user);
    await socket.subscribed(topic);
    const ids: string[] = [];
    for (let n = 1; n <= count; n += 1) ids.push((await note(user, n)).id);
    await until(() => socket.notifications(topic).length === count);
    return { socket, ids, topic };
  };

  const note = (user: string, n: number, more: object = {}): Promise<Accepted> =>
    rig.rest().notify({ to: { user }, type: 'note', data: n, ...more });

  const statesOf = (ids: string[]): Promise<State[]> =>
    Promise.all(ids.map(async (id) => (await rig.rest().status(id)).state));

  const cursorOf = async (user: string, session: string): Promise<number> => {
    const socket = await rig.socket(user, { query: { session } });
    return (await socket.subscribed(`user:${user}`)).cursor;
  };

  it('with offset covers everything up to it and is answered once Redis has it', async () => {
    const { socket, ids, topic } = await loaded('ada', 3);
    const answer = await socket.request('ack', { topic, offset: 2 }, 'a');
    expect(answer).toMatchObject({ event: 'acked', id: 'a', data: { topic, offset: 2 } });
    expect(await statesOf(ids)).toEqual(['acknowledged', 'acknowledged', 'accepted']);
  });

  it('with offsets covers only these; the cursor follows once the gap is closed', async () => {
    const { socket, ids, topic } = await loaded('bob', 4);
    const { session } = await socket.welcome();
    expect((await socket.request('ack', { topic, offsets: [3, 2] }, 1)).event).toBe('acked');
    expect(await statesOf(ids)).toEqual(['accepted', 'acknowledged', 'acknowledged', 'accepted']);
    await socket.request('ack', { topic, offsets: [1] }, 2);
    expect(await cursorOf('bob', session)).toBe(3);
  });

  it('is harmless when repeated and never goes back', async () => {
    const { socket, ids, topic } = await loaded('cleo', 3);
    const { session } = await socket.welcome();
    for (const [id, data] of [{ offset: 3 }, { offset: 1 }, { offset: 3 }, { offsets: [2, 2, 1] }].entries()) {
      expect((await socket.request('ack', { topic, ...data }, id)).event).toBe('acked');
    }
    expect(await statesOf(ids)).toEqual(['acknowledged', 'acknowledged', 'acknowledged']);
    expect(await cursorOf('cleo', session)).toBe(3);
  });

  it('gets no answer without an id', async () => {
    const { socket, ids, topic } = await loaded('dan', 1);
    socket.send('ack', { topic, offset: 1 });
    await until(async () => (await statesOf(ids))[0] === 'acknowledged');
    expect(socket.all('acked')).toEqual([]);
  });

  it('moves the cursor past a cancelled notification', async () => {
    const { socket, ids, topic } = await loaded('eve', 3);
    const { session } = await socket.welcome();
    // The answer to the ping after the gap confirms that the gap was read.
    socket.onFrame = ({ event }) => void (event === 'ping' && socket.send('pong'));
    await rig.rest().delete(`/v1/notifications/${ids[1]}`);
    await socket.request('ack', { topic, offsets: [1] }, 1);
    await socket.request('ack', { topic, offsets: [3] }, 2);
    await until(async () => (await cursorOf('eve', session)) === 3, { what: 'the cursor passes what was cancelled' });
    expect(await statesOf(ids)).toEqual(['acknowledged', 'cancelled', 'acknowledged']);
  });

  it('by nack requests redelivery after the delay, as a further attempt', async () => {
    const { socket, topic } = await loaded('fay', 1);
    const askedAt = performance.now();
    expect(await socket.request('nack', { topic, offset: 1, delayMs: 300, reason: 'busy' }, 1)).toMatchObject({
      event: 'nacked',
      data: { topic, offset: 1 },
    });
    await until(() => socket.notifications().length === 2);
    expect(performance.now() - askedAt).toBeGreaterThan(250);
    expect(socket.notifications().map(({ offset, attempt }) => [offset, attempt])).toEqual([
      [1, 1],
      [1, 2],
    ]);
  });

  it('by nack in a loop is slowed down and makes a dead letter', async () => {
    const topic = 'user:gil';
    const socket = await rig.socket('gil');
    await socket.subscribed(topic);
    socket.onFrame = ({ event }: Frame) =>
      void (event === 'notification' && socket.send('nack', { topic, offset: 1, delayMs: 0 }));
    const startedAt = performance.now();
    const { id } = await note('gil', 1, { maxAttempts: 4 });
    await until(async () => (await rig.rest().status(id)).state === 'dead');
    expect(socket.notifications().map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4]);
    expect(performance.now() - startedAt).toBeGreaterThan(3 * 95);
  });

  it('by nack with terminate ends the delivery for this session only', async () => {
    const [phone, laptop] = [await rig.socket('hal'), await rig.socket('hal')];
    for (const socket of [phone, laptop]) await socket.subscribed('user:hal');
    const { id } = await note('hal', 1, { ack: 'all' });
    for (const socket of [phone, laptop]) await socket.notification('user:hal');
    await phone.request('nack', { topic: 'user:hal', offset: 1, terminate: true }, 1);
    expect((await rig.rest().status(id)).recipients).toMatchObject({ total: 2, acked: 0, pending: 1 });
    await laptop.request('ack', { topic: 'user:hal', offset: 1 }, 1);
    expect(await rig.rest().status(id)).toMatchObject({ state: 'dead', recipients: { acked: 1, pending: 0 } });
  });

  it('answers requests in the order of arrival, however long each takes', async () => {
    const { socket, topic } = await loaded('ivy', 2);
    socket.send('ack', { topic, offset: 1 }, 1);
    socket.send('ping', undefined, 2);
    socket.send('subscribe', { topic: 'public.order' }, 3);
    socket.send('ack', { topic, offset: 99 }, 4);
    socket.send('presence', { topic: 'public.order' }, 5);
    socket.send('nonsense', undefined, 6);
    socket.send('ack', { topic, offset: 2 }, 7);
    await socket.answer(7);
    const answers = socket.frames.filter(({ id }) => id !== undefined).map(({ event, id }) => [id, event]);
    expect(answers).toEqual([
      [1, 'acked'],
      [2, 'pong'],
      [3, 'subscribed'],
      [4, 'error'],
      [5, 'presence'],
      [6, 'error'],
      [7, 'acked'],
    ]);
  });

  it('accepts an array of frames in one message and handles each separately', async () => {
    const { socket, ids, topic } = await loaded('joe', 2);
    const frames = [
      { event: 'ack', data: { topic, offsets: [2] }, id: 'x' },
      { event: 'ack', data: { topic, offset: 77 }, id: 'y' },
      { event: 'unknown' },
      { event: 'ack', data: { topic, offset: 1, ignored: true }, id: 'z', ignored: 1 },
    ];
    socket.sendRaw(JSON.stringify(frames));
    const answers = await Promise.all(['x', 'y', 'z'].map((id) => socket.answer(id)));
    expect(answers.map(({ event }) => event)).toEqual(['acked', 'error', 'acked']);
    expect(await statesOf(ids)).toEqual(['acknowledged', 'acknowledged']);
    expect(socket.closeCode).toBeUndefined();
  });
});
