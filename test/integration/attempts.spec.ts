import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AppRig } from '../support/app-rig.js';
import type { FrameSocket } from '../support/frame-socket.js';
import type { Notification, Welcome } from '../support/frames.js';
import type { DeadLetter, Page, Receipt } from '../support/rest-types.js';
import { until } from '../support/wait.js';

let rig: AppRig;
let rooms = 0;
beforeAll(async () => {
  rig = await AppRig.start({ env: { SWEEP_MS: '200', MAX_BACKOFF_MS: '1000' } });
});
afterAll(() => rig?.close());

const sessionOf = (socket: FrameSocket): string => socket.all<Welcome>('welcome')[0]?.session ?? '';

/** Connects members of a new topic. */
async function members(...users: string[]): Promise<{ topic: string; sockets: FrameSocket[] }> {
  const topic = `room.${++rooms}`;
  const sockets = await Promise.all(
    users.map(async (user) => {
      const socket = await rig.socket(user);
      await socket.request('subscribe', { topic }, 'join');
      return socket;
    }),
  );
  return { topic, sockets };
}

async function away(socket: FrameSocket, topic: string): Promise<void> {
  const online = async (): Promise<number> =>
    (await rig.rest.get<{ online: number }>(`/v1/topics/${topic}`)).body.online;
  const before = await online();
  socket.cut();
  await until(async () => (await online()) === before - 1, { what: 'it is gone' });
}

const attemptsOf = (socket: FrameSocket, topic: string): number[] =>
  socket.all<Notification>('notification').flatMap((data) => (data.topic === topic ? [data.attempt] : []));

const letterOf = (id: string): Promise<DeadLetter> =>
  until(
    async () => {
      const { body } = await rig.rest.get<Page<DeadLetter>>('/v1/dead-letters?limit=1000');
      return body.items.find(({ notification }) => notification === id);
    },
    { timeoutMs: 30_000, what: 'a dead letter' },
  );

const receiptsOf = async (id: string): Promise<Record<string, string>> => {
  const { body } = await rig.rest.get<Page<Receipt>>(`/v1/notifications/${id}/receipts`);
  return Object.fromEntries(body.items.map(({ session, state }) => [session, state]));
};

describe('attempts', () => {
  it.each([1, 2])('of a silent member are not counted for one who was away (%i at most)', async (maxAttempts) => {
    const { topic, sockets } = await members('bob', 'carol', 'dan');
    const [bob, carol, dan] = sockets as [FrameSocket, FrameSocket, FrameSocket];
    await away(bob, topic);
    const given = { ack: 'all', ackWaitMs: 100, maxAttempts } as const;
    const { id } = await rig.rest.notify({ to: { topic }, type: 'x', data: 1, ...given });
    await dan.notification(topic);
    await dan.request('ack', { topic, offset: 1 }, 1);
    await until(() => attemptsOf(carol, topic).length === maxAttempts);
    // Once another notification of the topic, sent to carol alone, is dead, the guard job has run.
    const probe = await rig.rest.notify({ to: { session: sessionOf(carol) }, type: 'x', data: 1, ...given });
    await letterOf(probe.id);
    expect(await rig.rest.status(id)).toMatchObject({ state: 'accepted', recipients: { acked: 1, pending: 2 } });
    expect(attemptsOf(carol, topic)).toHaveLength(maxAttempts);

    const back = await rig.socket('bob', undefined, { session: sessionOf(bob) });
    expect(await back.notification(topic)).toMatchObject({ id, attempt: 1 });
    const letter = await letterOf(id);
    expect(letter).toMatchObject({ reason: 'max_attempts', attempts: maxAttempts });
    const exhausted = (socket: FrameSocket, user: string): object => ({
      session: sessionOf(socket),
      user,
      state: 'exhausted',
      attempts: maxAttempts,
    });
    expect(letter.recipients).toHaveLength(2);
    expect(letter.recipients).toEqual(expect.arrayContaining([exhausted(bob, 'bob'), exhausted(carol, 'carol')]));
    expect(attemptsOf(back, topic)).toHaveLength(maxAttempts);
    expect(await receiptsOf(id)).toEqual({
      [sessionOf(bob)]: 'pending',
      [sessionOf(carol)]: 'pending',
      [sessionOf(dan)]: 'acked',
    });
    for (const socket of [back, carol, dan]) socket.cut();
  });

  it('do not void a late acknowledgment once they are used up', async () => {
    const { topic, sockets } = await members('bob', 'carol');
    const [bob, carol] = sockets as [FrameSocket, FrameSocket];
    await away(bob, topic);
    const { id } = await rig.rest.notify({
      to: { topic },
      type: 'x',
      data: 1,
      ack: 'all',
      ackWaitMs: 100,
      maxAttempts: 1,
    });
    await carol.notification(topic);
    const probe = await rig.rest.notify({
      to: { session: sessionOf(carol) },
      type: 'x',
      data: 1,
      ackWaitMs: 100,
      maxAttempts: 1,
    });
    await letterOf(probe.id);
    await carol.request('ack', { topic, offset: 1 }, 1);
    const back = await rig.socket('bob', undefined, { session: sessionOf(bob) });
    await back.notification(topic);
    await back.request('ack', { topic, offset: 1 }, 1);
    expect(await rig.rest.status(id)).toMatchObject({ state: 'acknowledged', recipients: { acked: 2, pending: 0 } });
    for (const socket of [back, carol]) socket.cut();
  });

  it('are not used up by nacks: only one counts for each sending, also within one frame', async () => {
    const { topic, sockets } = await members('bob', 'mallory');
    const [bob, mallory] = sockets as [FrameSocket, FrameSocket];
    await away(bob, topic);
    const { id } = await rig.rest.notify({ to: { topic }, type: 'x', data: 1, ack: 'all', maxAttempts: 3 });
    await mallory.notification(topic);
    const nack = { event: 'nack', data: { topic, offset: 1, delayMs: 100 } };
    mallory.socket.send(JSON.stringify(Array.from({ length: 8 }, () => nack)));
    await mallory.notification(topic);
    await mallory.request('ping', undefined, 1);
    expect(attemptsOf(mallory, topic)).toEqual([1, 2]);
    expect(await rig.rest.status(id)).toMatchObject({ state: 'accepted', attempts: 2 });
    await mallory.request('nack', nack.data, 2);
    await mallory.notification(topic);
    await mallory.request('nack', nack.data, 3);
    await mallory.request('nack', nack.data, 4);
    expect(attemptsOf(mallory, topic)).toEqual([1, 2, 3]);
    expect(await rig.rest.status(id)).toMatchObject({ state: 'accepted', attempts: 3 });
    const back = await rig.socket('bob', undefined, { session: sessionOf(bob) });
    await back.notification(topic);
    await back.request('nack', { topic, offset: 1, terminate: true, reason: 'no room' }, 1);
    const { reason, recipients } = await letterOf(id);
    expect(reason).toBe('max_attempts');
    expect(recipients).toEqual([
      { session: sessionOf(mallory), user: 'mallory', state: 'exhausted', attempts: 3 },
      { session: sessionOf(bob), user: 'bob', state: 'refused', attempts: 1, reason: 'no room' },
    ]);
    for (const socket of [back, mallory]) socket.cut();
  });

  it.each([2, 5])('wait as long as a nack asks, beyond the ack wait (%i at most)', async (maxAttempts) => {
    const user = `patient-${maxAttempts}`;
    const topic = `user:${user}`;
    const socket = await rig.socket(user);
    const arrivals: number[] = [];
    socket.onFrame = ({ event }) => void (event === 'notification' && arrivals.push(performance.now()));
    const { id } = await rig.rest.notify({ to: { user }, type: 'x', data: 1, ackWaitMs: 500, maxAttempts });
    const { offset } = await socket.notification(topic);
    await socket.request('nack', { topic, offset, delayMs: 1_500 }, 1);
    expect(await socket.notification(topic)).toMatchObject({ id, attempt: 2 });
    const [first = 0, second = 0] = arrivals;
    expect(second - first).toBeGreaterThanOrEqual(1_500);
    await socket.request('ack', { topic, offset }, 2);
    expect(await rig.rest.status(id)).toMatchObject({ state: 'acknowledged', attempts: 2 });
    socket.cut();
  });
});
