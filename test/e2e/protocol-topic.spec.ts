import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ErrorFrame, Gap, Notification, Subscribed } from '../support/frames.js';
import type { FrameSocket } from '../support/frame-socket.js';
import { PostriderRig } from '../support/postrider-rig.js';
import type { Accepted, NotificationBody, Presence } from '../support/rest-types.js';
import { until } from '../support/wait.js';

describe('a topic', () => {
  let rig: PostriderRig;

  beforeAll(async () => {
    rig = await PostriderRig.start({ nodes: 2 });
  });

  afterAll(() => rig?.close());

  const post = (topic: string, data: unknown, more: Partial<NotificationBody> = {}): Promise<Accepted> =>
    rig.rest().notify({ to: { topic }, type: 'note', data, ...more });

  const subscribe = async (socket: FrameSocket, data: object, id = 'subscribe'): Promise<Subscribed> => {
    const answer = await socket.request<Subscribed>('subscribe', data, id);
    expect(answer.event).toBe('subscribed');
    return answer.data;
  };

  const refused = async (socket: FrameSocket, event: string, data: object): Promise<ErrorFrame> => {
    const answer = await socket.request<ErrorFrame>(event, data, `${event}-refused`);
    expect(answer.event).toBe('error');
    expect(answer.data.message).toEqual(expect.any(String));
    return answer.data;
  };

  const numbersOf = (socket: FrameSocket, topic?: string): unknown[] =>
    socket.notifications(topic).map(({ data }) => data);

  it('sends notifications after joining, with all their fields', async () => {
    await post('public.join', 'before');
    const socket = await rig.socket('ada');
    const place = await subscribe(socket, { topic: 'public.join' });
    expect(place).toEqual({ topic: 'public.join', epoch: expect.any(String), offset: 1, cursor: 1, recovered: true });
    const { id } = await post('public.join', { hello: 'world' }, { ttlMs: 60_000 });
    const notification = await socket.notification('public.join');
    expect(notification).toEqual({
      topic: 'public.join',
      offset: 2,
      epoch: place.epoch,
      id,
      type: 'note',
      data: { hello: 'world' },
      at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      expiresAt: expect.any(String),
      attempt: 1,
    });
    expect(Date.parse(notification.expiresAt ?? '') - Date.parse(notification.at)).toBe(60_000);
  });

  it('is left by unsubscribe: nothing more comes', async () => {
    const socket = await rig.socket('bob');
    await subscribe(socket, { topic: 'public.leave' });
    await post('public.leave', 1);
    await socket.notification('public.leave');
    const left = await socket.request('unsubscribe', { topic: 'public.leave' }, 1);
    expect(left).toMatchObject({ event: 'unsubscribed', data: { topic: 'public.leave', reason: expect.any(String) } });
    const accepted = await post('public.leave', 2);
    expect(accepted.targets).toMatchObject([{ online: 0 }]);
    await socket.request('ping', undefined, 2);
    expect(numbersOf(socket, 'public.leave')).toEqual([1]);
    expect(await refused(socket, 'unsubscribe', { topic: 'public.leave' })).toMatchObject({ code: 'not_subscribed' });
    expect(await refused(socket, 'ack', { topic: 'public.leave', offset: 1 })).toMatchObject({
      code: 'not_subscribed',
    });
  });

  it('cannot be left if it is the personal one or `all`', async () => {
    const socket = await rig.socket('cleo');
    await socket.subscribed('all');
    for (const topic of ['all', 'user:cleo']) {
      expect(await refused(socket, 'unsubscribe', { topic })).toMatchObject({ code: 'forbidden', retryable: false });
    }
  });

  it('is open to tokens that allow it, a public one to every token', async () => {
    const guest = await rig.socket('guest');
    const member = await rig.socket('member', { claims: { topics: ['room.*'] } });
    await subscribe(guest, { topic: 'public.anything' });
    await subscribe(member, { topic: 'room.7' });
    for (const topic of ['room.7', 'user:member', 'session:someone', 'publicity', 'private.public.x']) {
      expect({ topic, ...(await refused(guest, 'subscribe', { topic })) }).toMatchObject({ topic, code: 'forbidden' });
    }
    expect(await refused(member, 'subscribe', { topic: 'user:guest' })).toMatchObject({ code: 'forbidden' });
    expect(await refused(member, 'presence', { topic: 'other.1' })).toMatchObject({ code: 'forbidden' });
  });

  it('is left by the server when a refreshed token no longer allows it', async () => {
    const socket = await rig.socket('dan', { claims: { topics: ['room.*'] } });
    await subscribe(socket, { topic: 'room.dan' });
    const answer = await socket.request('refresh', { token: await rig.tokens.sign('dan') }, 1);
    expect(answer.event).toBe('refreshed');
    expect((await socket.next('unsubscribed')).data).toMatchObject({ topic: 'room.dan', reason: 'forbidden' });
  });

  it('replays the last n entries with rewind, without making the client a recipient', async () => {
    const posted = [];
    for (const n of [1, 2, 3, 4, 5]) posted.push(await post('public.rewind', n, { ack: 'all' }));
    const socket = await rig.socket('eve');
    expect(await subscribe(socket, { topic: 'public.rewind', rewind: 3 })).toMatchObject({ offset: 5 });
    await until(() => numbersOf(socket, 'public.rewind').length === 3);
    expect(socket.notifications('public.rewind').map(({ data, attempt }) => ({ data, attempt }))).toEqual([
      { data: 3, attempt: 1 },
      { data: 4, attempt: 1 },
      { data: 5, attempt: 1 },
    ]);
    expect((await socket.request('ack', { topic: 'public.rewind', offset: 5 }, 1)).event).toBe('acked');
    const { recipients, state } = await rig.rest().status(posted[4]?.id ?? '');
    expect({ recipients, state }).toEqual({ recipients: { total: 0, acked: 0, pending: 0 }, state: 'accepted' });
  });

  it('replays from an offset of the same epoch and continues with new entries', async () => {
    const { targets } = await post('public.offset', 1);
    for (const n of [2, 3]) await post('public.offset', n);
    const socket = await rig.socket('fay');
    const epoch = targets[0]?.epoch;
    expect(await subscribe(socket, { topic: 'public.offset', offset: 1, epoch })).toMatchObject({
      offset: 3,
      recovered: true,
    });
    await post('public.offset', 4);
    await until(() => numbersOf(socket, 'public.offset').length === 3);
    expect(numbersOf(socket, 'public.offset')).toEqual([2, 3, 4]);
  });

  it.each(['a stale epoch', 'an offset above the head', 'another id at that offset'])('tells %s', async (fault) => {
    const topic = `public.reset-${fault.replaceAll(' ', '-')}`;
    const { targets } = await post(topic, 1);
    const epoch = targets[0]?.epoch;
    const place = {
      'a stale epoch': { offset: 1, epoch: 'stale' },
      'an offset above the head': { offset: 7, epoch },
      'another id at that offset': { offset: 1, epoch, lastId: 'another' },
    }[fault];
    const socket = await rig.socket('gil');
    expect(await subscribe(socket, { topic, ...place })).toMatchObject({ epoch, recovered: false });
    expect((await socket.next<Gap>('gap')).data).toMatchObject({ topic, reason: 'reset' });
    expect((await socket.notification(topic)).data).toBe(1);
  });

  it('reports entries gone from the history as a gap', async () => {
    const cancelled = await post('public.gap', 1, { ack: 'all' });
    const expiring = await post('public.gap', 2, { ttlMs: 1 });
    await post('public.gap', 3);
    expect((await rig.rest().delete(`/v1/notifications/${cancelled.id}`)).status).toBe(200);
    await until(async () => Date.now() > Date.parse((await rig.rest().status(expiring.id)).expiresAt));
    const socket = await rig.socket('hal');
    await subscribe(socket, { topic: 'public.gap', rewind: 3 });
    expect((await socket.notification('public.gap')).data).toBe(3);
    expect(socket.all<Gap>('gap')).toEqual([
      { topic: 'public.gap', from: 1, to: 1, reason: 'cancelled' },
      { topic: 'public.gap', from: 2, to: 2, reason: 'expired' },
    ]);
  });

  it('announces a cancellation to clients that have not acknowledged the notification', async () => {
    const socket = await rig.socket('ivy');
    await socket.subscribed('user:ivy');
    const { id } = await rig.rest(1).notify({ to: { user: 'ivy' }, type: 'note', data: 1 });
    await socket.notification('user:ivy');
    expect((await rig.rest(1).delete(`/v1/notifications/${id}`)).status).toBe(200);
    expect((await socket.next<Gap>('gap')).data).toEqual({ topic: 'user:ivy', from: 1, to: 1, reason: 'cancelled' });
    expect((await socket.request('ack', { topic: 'user:ivy', offset: 1 }, 1)).event).toBe('acked');
    expect((await rig.rest().status(id)).state).toBe('cancelled');
  });

  it('accepts a client’s publish if the token allows it, once for each key', async () => {
    const writer = await rig.socket('joe', { claims: { publish: ['public.chat.*'] } });
    const reader = await rig.socket('kay', { node: 1 });
    await subscribe(reader, { topic: 'public.chat.1' });
    const message = { topic: 'public.chat.1', type: 'chat', data: { text: 'hi' }, key: 'k1' };
    const first = await writer.request<{ id: string; offset: number }>('publish', message, 1);
    expect(first).toMatchObject({ event: 'published', data: { id: expect.any(String), offset: 1 } });
    const again = await writer.request('publish', message, 2);
    expect(again.data).toMatchObject({ id: first.data.id, offset: 1 });
    expect(await reader.notification('public.chat.1')).toMatchObject({
      id: first.data.id,
      type: 'chat',
      data: { text: 'hi' },
    });
    expect(await refused(writer, 'publish', { ...message, topic: 'public.other' })).toMatchObject({
      code: 'forbidden',
    });
    expect(await refused(reader, 'publish', message)).toMatchObject({ code: 'forbidden' });
    expect(await refused(writer, 'publish', { ...message, data: { text: 'other' } })).toMatchObject({
      code: 'idempotency_mismatch',
    });
  });

  it('returns the presence on all nodes', async () => {
    const here = await rig.socket('lea');
    const there = await rig.socket('max', { node: 1 });
    const sessions = [(await here.welcome()).session, (await there.welcome()).session];
    for (const socket of [here, there]) await subscribe(socket, { topic: 'public.presence' });
    const { event, data } = await here.request<Presence>('presence', { topic: 'public.presence' }, 1);
    expect(event).toBe('presence');
    expect(data.users.toSorted()).toEqual(['lea', 'max']);
    expect(data.sessions.toSorted()).toEqual(sessions.toSorted());
    there.close();
    const gone = async (): Promise<boolean> => {
      const answer = await here.request<Presence>('presence', { topic: 'public.presence' }, 2);
      return answer.data.users.length === 1;
    };
    await until(gone, { what: 'max is gone' });
  });

  it('reaches everybody through all, one session through its own, many users through theirs', async () => {
    const [ned, olga] = [await rig.socket('ned'), await rig.socket('olga', { node: 1 })];
    const { session } = await ned.welcome();
    for (const socket of [ned, olga]) await socket.subscribed('all');
    await rig.rest().notify({ to: { all: true }, type: 'note', data: 'all' });
    await rig.rest(1).notify({ to: { session }, type: 'note', data: 'session' });
    await rig.rest().notify({ to: { users: ['ned', 'olga', 'ned'] }, type: 'note', data: 'users' });
    await until(() => ned.notifications().length === 3 && olga.notifications().length === 2);
    const seen = (socket: FrameSocket): unknown[] => numbersOf(socket).toSorted();
    expect(seen(ned)).toEqual(['all', 'session', 'users']);
    expect(seen(olga)).toEqual(['all', 'users']);
    expect(ned.notifications(`session:${session}`)).toMatchObject([
      { data: 'session', attempt: 1 } satisfies Partial<Notification>,
    ]);
  });
});
