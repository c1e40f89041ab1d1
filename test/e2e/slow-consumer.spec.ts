import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Notification } from '../support/frames.js';
import type { FrameSocket } from '../support/frame-socket.js';
import { PostriderRig } from '../support/postrider-rig.js';
import type { NotificationBody } from '../support/rest-types.js';
import { until } from '../support/wait.js';

const MIB = 1_048_576;
/**
 * Maximum growth of the server for 10,000 notifications of 1 KiB to a socket that does not read.
 */
const MAX_GROWTH_BYTES = 150 * MIB;

describe('a slow consumer', () => {
  let rig: PostriderRig;

  beforeAll(async () => {
    rig = await PostriderRig.start();
  });

  afterAll(() => rig?.close());

  const publish = async (user: string, count: number, text: string): Promise<void> => {
    const body: NotificationBody = { to: { user }, type: 'load', data: { text } };
    for (let sent = 0; sent < count; sent += 1_000) {
      const notifications = Array.from({ length: Math.min(1_000, count - sent) }, () => body);
      const { body: answer } = await rig
        .rest()
        .post<{ results: { status: number }[] }>('/v1/notifications/batch', { notifications });
      expect(answer.results.every(({ status }) => status === 202)).toBe(true);
    }
  };

  it('with a window of 10 never has more than 10 unacknowledged', async () => {
    const socket = await rig.bareSocket();
    socket.send('hello', { token: await rig.tokens.sign('narrow'), window: 10 });
    expect((await socket.welcome()).window).toBe(10);
    await socket.subscribed('user:narrow');
    let acked = 0;
    let highest = 0;
    let most = 0;
    socket.onFrame = ({ event, data }) => {
      if (event !== 'notification') return;
      highest = (data as Notification).offset;
      most = Math.max(most, highest - acked);
    };
    await publish('narrow', 100, '');
    await until(() => highest === 10);
    socket.send('ping', undefined, 'still-ten');
    await socket.answer('still-ten');
    expect(socket.notifications()).toHaveLength(10);
    for (let step = 1; acked < 90; step += 1) {
      acked = Math.min(90, acked + (step % 10) + 1);
      await ack(socket, 'user:narrow', acked, step);
      await until(() => highest === acked + 10);
    }
    expect(most).toBe(10);
    await ack(socket, 'user:narrow', 100, 'last');
  });

  it('frees room for offsets acknowledged one by one', async () => {
    const socket = await rig.bareSocket();
    socket.send('hello', { token: await rig.tokens.sign('picking'), window: 4 });
    await socket.subscribed('user:picking');
    await publish('picking', 8, '');
    await until(() => socket.notifications().length === 4);
    socket.send('ack', { topic: 'user:picking', offsets: [2, 4] });
    await until(() => socket.notifications().length === 6);
    socket.send('ack', { topic: 'user:picking', offset: 6 });
    await until(() => socket.notifications().length === 8);
    socket.send('ack', { topic: 'user:picking', offset: 8 });
    expect(socket.notifications().map(({ offset }) => offset)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('does not grow the server when it stops reading, and gets everything when it reads again', async () => {
    const socket = await rig.bareSocket();
    socket.send('hello', { token: await rig.tokens.sign('stuck'), window: 1_024 });
    await socket.subscribed('user:stuck');
    await publish('warm-up', 2_000, 'x'.repeat(1_024));
    const before = await rig.rest().metric('process_resident_memory_bytes');
    socket.socket.pause();
    await publish('stuck', 10_000, 'x'.repeat(1_024));
    const grown = (await rig.rest().metric('process_resident_memory_bytes')) - before;
    expect(grown).toBeLessThan(MAX_GROWTH_BYTES);

    const offsets: number[] = [];
    socket.onFrame = ({ event, data }) => {
      if (event !== 'notification') return;
      offsets.push((data as Notification).offset);
      if (offsets.length % 250 === 0) socket.send('ack', { topic: 'user:stuck', offset: offsets.length });
    };
    socket.socket.resume();
    await until(() => offsets.length === 10_000, { timeoutMs: 30_000 });
    expect(offsets).toEqual(Array.from({ length: 10_000 }, (_, index) => index + 1));
    await until(async () => (await rig.rest().books()).pending === 2_000, { what: 'only the warm-up is left' });
  });
});

async function ack(socket: FrameSocket, topic: string, offset: number, id: string | number): Promise<void> {
  const answer = await socket.request('ack', { topic, offset }, id);
  expect(answer.event).toBe('acked');
}
