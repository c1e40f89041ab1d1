import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { partitionOf, partitionPrefix } from '../../src/contract/partition.js';
import { AppRig } from '../support/app-rig.js';
import type { FrameSocket } from '../support/frame-socket.js';
import type { Gap, Subscribed, Welcome } from '../support/frames.js';
import { until } from '../support/wait.js';

const WAIT = { ackWaitMs: 60_000 } as const;

let rig: AppRig;
let users = 0;
beforeAll(async () => {
  rig = await AppRig.start({
    env: { SWEEP_MS: '200', MAX_BACKOFF_MS: '1000', HEARTBEAT_MS: '600000', HEARTBEAT_TIMEOUT_MS: '600000' },
  });
});
afterAll(() => rig?.close());

const sessionOf = (socket: FrameSocket): string => socket.all<Welcome>('welcome')[0]?.session ?? '';
const cancel = (id: string): Promise<unknown> => rig.rest.delete(`/v1/notifications/${id}`);
const answerPings = (socket: FrameSocket): void => {
  for (const { event } of socket.frames) if (event === 'ping') socket.send('pong');
  socket.onFrame = ({ event }) => void (event === 'ping' && socket.send('pong'));
};

async function someone(): Promise<{ user: string; topic: string; socket: FrameSocket }> {
  const user = `user${++users}`;
  return { user, topic: `user:${user}`, socket: await rig.socket(user) };
}

const gapsOf = (socket: FrameSocket, topic: string): string[] =>
  socket.all<Gap>('gap').flatMap((gap) => (gap.topic === topic ? [`${gap.reason} ${gap.from}-${gap.to}`] : []));

/**
 * Reconnects after the link was lost silently.
 * @returns the gaps, once everything was sent.
 */
async function back(
  socket: FrameSocket,
  user: string,
): Promise<{ socket: FrameSocket; cursor: number; gaps: string[] }> {
  const topic = `user:${user}`;
  socket.cut();
  await until(async () => (await rig.rest.get<{ online: number }>(`/v1/topics/${topic}`)).body.online === 0);
  const again = await rig.socket(user, undefined, { session: sessionOf(socket) });
  await again.next<Subscribed>('subscribed', ({ data }) => data.topic === topic);
  const last = await rig.rest.notify({ to: { user }, type: 'last', data: 0, ...WAIT });
  await again.next<{ id: string }>('notification', ({ data }) => data.id === last.id);
  const subscribed = again.all<Subscribed>('subscribed').find((one) => one.topic === topic);
  return { socket: again, cursor: subscribed?.cursor ?? -1, gaps: gapsOf(again, topic) };
}

describe('a gap that the client may not have read', () => {
  it.each([
    {
      reason: 'cancelled',
      end: async (id: string) => void (await cancel(id)),
      given: {},
    },
    { reason: 'expired', end: () => Promise.resolve(), given: { ttlMs: 1_000 } },
    { reason: 'dead', end: () => Promise.resolve(), given: { ackWaitMs: 100, maxAttempts: 1 } },
  ])('is told again: $reason', async ({ reason, end, given }) => {
    const { user, topic, socket } = await someone();
    const { id } = await rig.rest.notify({ to: { user }, type: 't', data: 1, ...WAIT, ...given });
    await socket.notification(topic);
    await end(id);
    await socket.next('gap');
    expect(await back(socket, user)).toMatchObject({ cursor: 0, gaps: [`${reason} 1-1`] });
  });

  it('is told again when entries above it were acknowledged singly', async () => {
    const { user, topic, socket } = await someone();
    const ids = [];
    for (const data of [1, 2, 3]) ids.push((await rig.rest.notify({ to: { user }, type: 't', data, ...WAIT })).id);
    for (let n = 0; n < 3; n++) await socket.notification(topic);
    // From here on, the client reads nothing, but the server takes the data on its way.
    await cancel(ids[0] ?? '');
    await socket.request('ack', { topic, offsets: [2, 3] }, 1);
    expect(await back(socket, user)).toMatchObject({ cursor: 0, gaps: ['cancelled 1-1', 'trimmed 2-3'] });
  });

  it('is told again if it was first told at a resume', async () => {
    const { user, topic, socket } = await someone();
    socket.cut();
    await until(async () => (await rig.rest.get<{ online: number }>(`/v1/topics/${topic}`)).body.online === 0);
    const { id } = await rig.rest.notify({ to: { user }, type: 't', data: 1, ...WAIT });
    await cancel(id);
    const first = await rig.socket(user, undefined, { session: sessionOf(socket) });
    await first.next('gap');
    expect(await back(first, user)).toMatchObject({ cursor: 0, gaps: ['cancelled 1-1'] });
  });

  it('is not told again once the client has answered the ping after it', async () => {
    const { user, topic, socket } = await someone();
    answerPings(socket);
    const { id } = await rig.rest.notify({ to: { user }, type: 't', data: 1, ...WAIT });
    await socket.notification(topic);
    await cancel(id);
    await socket.next('gap');
    await until(async () => (await cursorOf(topic, sessionOf(socket))) === 1, { what: 'the cursor passes' });
    expect(await back(socket, user)).toMatchObject({ cursor: 1, gaps: [] });
  });

  it('is not told again once the client has acknowledged past it', async () => {
    const { user, topic, socket } = await someone();
    const first = await rig.rest.notify({ to: { user }, type: 't', data: 1, ...WAIT });
    await socket.notification(topic);
    await cancel(first.id);
    await socket.next('gap');
    await rig.rest.notify({ to: { user }, type: 't', data: 2, ...WAIT });
    await socket.notification(topic);
    await socket.request('ack', { topic, offset: 2 }, 1);
    expect(await back(socket, user)).toMatchObject({ cursor: 2, gaps: [] });
  });

  it('is covered by one ping for a whole burst', async () => {
    const { user, topic, socket } = await someone();
    const ids = await Promise.all(
      Array.from({ length: 20 }, () => rig.rest.notify({ to: { user }, type: 't', data: 1, ...WAIT })),
    );
    await until(() => socket.notifications(topic).length === 20);
    await Promise.all(ids.map(({ id }) => cancel(id)));
    await until(() => gapsOf(socket, topic).length === 20);
    expect(socket.all('ping')).toHaveLength(1);
    answerPings(socket);
    await until(async () => (await cursorOf(topic, sessionOf(socket))) === 20, { what: 'the cursor passes' });
    expect(socket.all('ping')).toHaveLength(2);
  });
});

async function cursorOf(topic: string, session: string): Promise<number> {
  const name = `main:${topic}`;
  const prefix = partitionPrefix(rig.config.keyPrefix, partitionOf(name));
  return Number(await rig.redis.control.zscore(`${prefix}t:${name}:cur`, session));
}
