import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Gap, Notification } from '../support/frames.js';
import type { FrameSocket } from '../support/frame-socket.js';
import { PostriderRig } from '../support/postrider-rig.js';
import type { Accepted, DeadLetter, Page } from '../support/rest-types.js';
import { until } from '../support/wait.js';

describe('a client that never acknowledges', () => {
  let rig: PostriderRig;

  beforeAll(async () => {
    rig = await PostriderRig.start({ env: { SWEEP_MS: '500' } });
  });

  afterAll(() => rig?.close());

  const letterOf = async (topic: string): Promise<DeadLetter> => {
    const letters = async (): Promise<DeadLetter | undefined> =>
      (await rig.rest().get<Page<DeadLetter>>(`/v1/dead-letters?topic=${topic}`)).body.items[0];
    return until(letters, { timeoutMs: 20_000, what: `a dead letter of ${topic}` });
  };

  const attemptsOf = (socket: FrameSocket, id: string): number[] =>
    socket
      .notifications()
      .filter((notification) => notification.id === id)
      .map(({ attempt }) => attempt);

  it('gets a notification maxAttempts times, then it becomes a dead letter with the reason', async () => {
    const socket = await rig.socket('mute');
    await socket.subscribed('user:mute');
    const body = { to: { user: 'mute' }, type: 'bill', data: { n: 1 }, ackWaitMs: 200, maxAttempts: 3 };
    const { id } = await rig.rest().notify(body);
    const letter = await letterOf('user:mute');

    expect(letter).toMatchObject({ notification: id, offset: 1, type: 'bill', data: { n: 1 }, attempts: 3 });
    expect(letter.reason).toBe('max_attempts');
    expect(attemptsOf(socket, id)).toEqual([1, 2, 3]);
    expect(await rig.rest().status(id)).toMatchObject({ state: 'dead', attempts: 3 });
    expect((await socket.next<Gap>('gap')).data).toEqual({ topic: 'user:mute', from: 1, to: 1, reason: 'dead' });
  });

  it('gets it again once, as a new notification, when the dead letter is replayed', async () => {
    const socket = await rig.socket('late');
    await socket.subscribed('user:late');
    const { id } = await rig
      .rest()
      .notify({ to: { user: 'late' }, type: 'bill', data: { n: 2 }, ackWaitMs: 100, maxAttempts: 1 });
    const letter = await letterOf('user:late');

    const replay = async (): Promise<Accepted> =>
      (await rig.rest().post<Accepted>(`/v1/dead-letters/${letter.id}/replay`, undefined)).body;
    const [again, twice] = [await replay(), await replay()];
    expect(again.id).not.toBe(id);
    expect(twice.id).toBe(again.id);
    const { data } = await socket.next<Notification>('notification', (frame) => frame.data.id === again.id);
    expect(data).toMatchObject({ type: 'bill', data: { n: 2 }, attempt: 1, offset: 2 });
    socket.send('ack', { topic: 'user:late', offset: 2 }, 1);
    expect((await socket.answer(1)).event).toBe('acked');
    expect(await rig.rest().status(again.id)).toMatchObject({ state: 'acknowledged' });
  });

  it('gets nothing more once the dead letter is dropped', async () => {
    const { id } = await letterOf('user:mute');
    expect((await rig.rest().delete(`/v1/dead-letters/${id}`)).status).toBe(200);
    expect((await rig.rest().delete(`/v1/dead-letters/${id}`)).body).toMatchObject({ code: 'dead_letter_not_found' });
    expect((await rig.rest().post(`/v1/dead-letters/${id}/replay`, undefined)).status).toBe(404);
  });

  it('waits longer after each delivery', async () => {
    const socket = await rig.socket('slow');
    await socket.subscribed('user:slow');
    const arrivals: number[] = [];
    socket.onFrame = ({ event }) => void (event === 'notification' && arrivals.push(performance.now()));
    await rig.rest().notify({ to: { user: 'slow' }, type: 'bill', data: {}, ackWaitMs: 300, maxAttempts: 3 });
    await until(() => socket.notifications().length === 3, { timeoutMs: 15_000 });
    const [first = 0, second = 0, third = 0] = arrivals;
    expect(second - first).toBeGreaterThan(250);
    expect(third - second).toBeGreaterThan(1.5 * 300);
  });

  it('makes a dead letter at once by a final refusal', async () => {
    const socket = await rig.socket('picky');
    await socket.subscribed('user:picky');
    const { id } = await rig.rest().notify({ to: { user: 'picky' }, type: 'bill', data: {} });
    const { offset } = await socket.notification('user:picky');
    socket.send('nack', { topic: 'user:picky', offset, reason: 'cannot read it', terminate: true }, 1);
    expect((await socket.answer(1)).event).toBe('nacked');
    expect(await letterOf('user:picky')).toMatchObject({ notification: id, reason: 'refused' });
    expect(attemptsOf(socket, id)).toEqual([1]);
  });

  it('uses no attempt while it is absent', async () => {
    const socket = await rig.socket('away');
    const { session } = await socket.welcome();
    await socket.subscribed('user:away');
    socket.close();
    await socket.ending();
    await until(async () => (await rig.rest().get<{ online: number }>('/v1/topics/user:away')).body.online === 0);
    const { id } = await rig
      .rest()
      .notify({ to: { user: 'away' }, type: 'bill', data: {}, ackWaitMs: 100, maxAttempts: 1 });
    await rig.rest().notify({ to: { user: 'slow' }, type: 'bill', data: {}, ackWaitMs: 100, maxAttempts: 1 });
    await until(
      async () => (await rig.rest().get<Page<DeadLetter>>('/v1/dead-letters?topic=user:slow')).body.items.length === 2,
    );
    expect(await rig.rest().status(id)).toMatchObject({ state: 'accepted' });
    const back = await rig.socket('away', { query: { session } });
    expect(await back.notification('user:away')).toMatchObject({ id, attempt: 1 });
  });
});
