import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PostriderRig } from '../support/postrider-rig.js';
import type {
  HistoryEntry,
  NotificationBody,
  Page,
  Presence,
  Problem,
  Receipt,
  SessionInfo,
  TopicInfo,
} from '../support/rest-types.js';
import { until } from '../support/wait.js';

describe('lookups over REST', () => {
  let rig: PostriderRig;

  beforeAll(async () => {
    rig = await PostriderRig.start({ nodes: 2 });
  });

  afterAll(() => rig?.close());

  const note = (to: NotificationBody['to'], more: Partial<NotificationBody> = {}): NotificationBody => ({
    to,
    type: 'order.shipped',
    data: { order: 1 },
    ...more,
  });

  it('GET /v1/notifications/:id returns the whole state', async () => {
    const socket = await rig.socket('ada');
    await socket.subscribed('user:ada');
    const metadata = { trace: 'abc' };
    const { id, targets } = await rig.rest().notify(note({ user: 'ada' }, { metadata, ttlMs: 60_000 }));
    const { data } = await socket.next<{ offset: number; data: unknown }>('notification');
    expect(JSON.stringify(data)).not.toContain('abc');
    await socket.request('ack', { topic: 'user:ada', offset: data.offset }, 1);
    const status = await rig.rest(1).status(id);
    expect(status).toMatchObject({
      id,
      state: 'acknowledged',
      type: 'order.shipped',
      recipients: { total: 1, acked: 1, pending: 0 },
      attempts: 1,
      metadata,
    });
    expect(status.targets).toMatchObject([{ topic: 'user:ada', offset: targets[0]?.offset, epoch: targets[0]?.epoch }]);
    expect(status.history.map(({ state }) => state)).toEqual(['accepted', 'acknowledged']);
    expect(Date.parse(status.expiresAt) - Date.parse(status.createdAt)).toBe(60_000);
  });

  it('DELETE /v1/notifications/:id cancels an unacknowledged notification: 200, 404, or 409', async () => {
    const { id } = await rig.rest().notify(note({ user: 'bob' }));
    expect(await rig.rest(1).delete(`/v1/notifications/${id}`)).toMatchObject({
      status: 200,
      body: { state: 'cancelled' },
    });
    expect(await rig.rest().delete(`/v1/notifications/${id}`)).toMatchObject({
      status: 409,
      body: { code: 'too_late' },
    });
    const socket = await rig.socket('bob');
    const next = await rig.rest().notify(note({ user: 'bob' }));
    const { offset } = await socket.notification('user:bob');
    await socket.request('ack', { topic: 'user:bob', offset }, 1);
    expect((await rig.rest().delete(`/v1/notifications/${next.id}`)).status).toBe(409);
    expect((await rig.rest().delete('/v1/notifications/nothing')).status).toBe(404);
    expect((await rig.rest(0, rig.foreignKey).delete(`/v1/notifications/${next.id}`)).status).toBe(404);
  });

  it('DELETE of a notification with many targets cancels the deliveries that it still can', async () => {
    const socket = await rig.socket('cleo');
    const { id } = await rig.rest().notify(note({ users: ['cleo', 'cleo-2', 'cleo-3'] }));
    const { offset } = await socket.notification('user:cleo');
    await socket.request('ack', { topic: 'user:cleo', offset }, 1);
    expect(await rig.rest().delete(`/v1/notifications/${id}`)).toMatchObject({
      status: 200,
      body: { cancelled: 2, kept: 1 },
    });
    expect((await rig.rest().status(id)).state).toBe('acknowledged');
  });

  it('GET /v1/notifications/:id/receipts pages through the recipients with and without an ack', async () => {
    const users = Array.from({ length: 25 }, (_, n) => `reader-${n}`);
    const sockets = await Promise.all(users.map((user, n) => rig.socket(user, { node: n % 2 })));
    const sessions = await Promise.all(sockets.map(async (socket) => (await socket.welcome()).session));
    await Promise.all(sockets.map((socket) => socket.request('subscribe', { topic: 'public.r' }, 1)));
    const { id } = await rig.rest().notify(note({ topic: 'public.r' }, { ack: 'all' }));
    await Promise.all(sockets.slice(0, 10).map((socket) => socket.request('ack', { topic: 'public.r', offset: 1 }, 2)));

    const found: Receipt[] = [];
    let cursor: string | null = null;
    do {
      const query: string = `limit=10${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`;
      const { body }: { body: Page<Receipt> } = await rig.rest(1).get(`/v1/notifications/${id}/receipts?${query}`);
      expect(body.items.length).toBeLessThanOrEqual(10);
      found.push(...body.items);
      cursor = body.next;
    } while (cursor);
    expect(found.map(({ session }) => session).toSorted()).toEqual(sessions.toSorted());
    const done = found.filter(({ state }) => state === 'acked').map(({ session }) => session);
    expect(done.toSorted()).toEqual(sessions.slice(0, 10).toSorted());
    const bad = await rig.rest().get<Problem>(`/v1/notifications/${id}/receipts?state=maybe`);
    expect(bad).toMatchObject({ status: 400, body: { errors: [{ field: 'state' }] } });
  });

  it('GET /v1/topics/:topic returns the topic, its history and its presence', async () => {
    const [near, far] = [await rig.socket('dan'), await rig.socket('eve', { node: 1 })];
    const { session } = await near.welcome();
    for (const socket of [near, far]) await socket.request('subscribe', { topic: 'public.t' }, 1);
    const ids = [];
    for (const order of [1, 2, 3])
      ids.push((await rig.rest().notify(note({ topic: 'public.t' }, { data: { order } }))).id);
    far.close();
    await until(async () => (await rig.rest().get<TopicInfo>('/v1/topics/public.t')).body.online === 1);
    expect((await rig.rest(1).get('/v1/topics/public.t')).body).toMatchObject({
      topic: 'public.t',
      head: 3,
      epoch: expect.any(String),
      subscribers: 2,
      online: 1,
    });
    const first = await rig.rest().get<Page<HistoryEntry>>('/v1/topics/public.t/history?from=1&limit=2');
    expect(first.body.items).toMatchObject([
      { offset: 1, id: ids[0], type: 'order.shipped', data: { order: 1 } },
      { offset: 2, id: ids[1] },
    ]);
    const rest = await rig.rest().get<Page<HistoryEntry>>(`/v1/topics/public.t/history?from=${first.body.next}`);
    expect(rest.body).toMatchObject({ items: [{ offset: 3, id: ids[2] }], next: null });
    const presence = await rig.rest(1).get<Presence>('/v1/topics/public.t/presence');
    expect(presence.body).toMatchObject({ users: ['dan'], sessions: [session] });
    expect(await rig.rest().get('/v1/topics/bad%20name')).toMatchObject({
      status: 400,
      body: { errors: [{ field: 'topic' }] },
    });
  });

  it('GET /v1/users/:user/sessions lists open and suspended ones with their node', async () => {
    const [open, other] = [await rig.socket('fay'), await rig.socket('fay', { node: 1 })];
    const [here, there] = [(await open.welcome()).session, (await other.welcome()).session];
    other.close();
    const list = async (): Promise<SessionInfo[]> =>
      (await rig.rest().get<Page<SessionInfo>>('/v1/users/fay/sessions')).body.items;
    await until(async () => (await list()).some(({ state }) => state === 'suspended'));
    expect((await list()).toSorted((a, b) => a.state.localeCompare(b.state))).toMatchObject([
      { id: here, user: 'fay', state: 'open', node: 'node-0' },
      { id: there, user: 'fay', state: 'suspended' },
    ]);
    expect((await rig.rest(0, rig.foreignKey).get<Page<SessionInfo>>('/v1/users/fay/sessions')).body.items).toEqual([]);
  });

  it('unknown and forbidden requests get problem+json with a stable code', async () => {
    const calls: [string, string, number, string][] = [
      ['GET', '/v1/notifications/unknown', 404, 'notification_not_found'],
      ['GET', '/v1/notifications/unknown/receipts', 404, 'notification_not_found'],
      ['DELETE', '/v1/sessions/unknown', 404, 'session_not_found'],
      ['POST', '/v1/dead-letters/unknown/replay', 404, 'dead_letter_not_found'],
      ['DELETE', '/v1/dead-letters/unknown', 404, 'dead_letter_not_found'],
      ['GET', '/v1/nothing', 404, 'not_found'],
      ['PATCH', '/v1/notifications', 405, 'method_not_allowed'],
    ];
    for (const [method, path, status, code] of calls) {
      const answer = await rig.rest().call<Problem>(method, path);
      expect({ path, status: answer.status, code: answer.body.code }).toEqual({ path, status, code });
      expect(answer.headers.get('content-type')).toContain('application/problem+json');
      expect(answer.body).toMatchObject({ type: expect.any(String), title: expect.any(String), retryable: false });
    }
    for (const path of [
      '/v1/notifications/x',
      '/v1/books',
      '/v1/topics/a',
      '/v1/dead-letters',
      '/v1/users/a/sessions',
    ]) {
      const answer = await rig.rest(0, 'a-key-that-nobody-has').get<Problem>(path);
      expect({ path, status: answer.status, code: answer.body.code }).toEqual({
        path,
        status: 401,
        code: 'unauthorized',
      });
      expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
    }
  });

  it('health and metrics need no key', async () => {
    for (const probe of ['live', 'ready', 'startup']) {
      const answer = await fetch(`${rig.server().url}/health/${probe}`);
      expect({ probe, status: answer.status }).toEqual({ probe, status: 200 });
      expect(await answer.json()).toMatchObject({ status: 'ok' });
    }
    expect(await rig.rest().metric('postrider_accepted_total')).toBeGreaterThan(0);
    expect(await rig.rest().metric('postrider_delivered_total')).toBeGreaterThan(0);
    expect((await fetch(`${rig.server().url}/docs`)).status).toBe(200);
  });
});
