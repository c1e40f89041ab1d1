import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { FrameSocket } from '../support/frame-socket.js';
import { PostriderRig } from '../support/postrider-rig.js';
import type { RestClient } from '../support/rest-client.js';
import type { Accepted, BatchResult, NotificationBody, Page, Problem, Receipt } from '../support/rest-types.js';
import { until } from '../support/wait.js';

describe('REST', () => {
  let rig: PostriderRig;
  let rest: RestClient;

  const online = async (user: string, node = 0): Promise<FrameSocket> => {
    const socket = await rig.socket(user, { node, claims: { topics: ['*'] } });
    await socket.subscribed(`user:${user}`);
    return socket;
  };
  const note = (to: NotificationBody['to'], rest: Partial<NotificationBody> = {}): NotificationBody => ({
    to,
    type: 'note',
    data: { n: 1 },
    ...rest,
  });
  const ack = async (socket: FrameSocket, topic: string): Promise<void> => {
    const { offset } = await socket.notification(topic);
    await socket.request('ack', { topic, offset }, `${topic} ${offset}`);
  };

  beforeAll(async () => {
    rig = await PostriderRig.start({ nodes: 2, env: { SWEEP_MS: '300' } });
    rest = rig.rest();
  });

  afterAll(() => rig?.close());

  describe('targets', () => {
    it('reaches a user, users, a topic, topics, a session and all, on both nodes', async () => {
      const [ann, ben] = [await online('ann', 0), await online('ben', 1)];
      const { session } = await ben.welcome();
      for (const socket of [ann, ben]) await socket.request('subscribe', { topic: 'news.eu' }, 's1');
      await ben.request('subscribe', { topic: 'news.us' }, 's2');

      const sent = await rest.notify(note({ user: 'ann' }));
      expect(sent.targets).toEqual([{ topic: 'user:ann', offset: 1, epoch: expect.any(String), online: 1 }]);
      expect((await rest.notify(note({ users: ['ann', 'ben', 'ann'] }))).targets.map(({ topic }) => topic)).toEqual([
        'user:ann',
        'user:ben',
      ]);
      await rest.notify(note({ topic: 'news.eu' }));
      await rest.notify(note({ topics: ['news.eu', 'news.us'] }));
      await rest.notify(note({ session }));
      await rest.notify(note({ all: true }));
      await until(() => ann.notifications().length === 5 && ben.notifications().length === 6);
      expect(ann.notifications().map(({ topic }) => topic)).toEqual([
        'user:ann',
        'user:ann',
        'news.eu',
        'news.eu',
        'all',
      ]);
      expect(
        ben
          .notifications()
          .map(({ topic }) => topic)
          .toSorted(),
      ).toEqual(['all', 'news.eu', 'news.eu', 'news.us', `session:${session}`, 'user:ben'].toSorted());
    });
  });

  describe('acknowledgment', () => {
    it('any: the first ack of a user ends the delivery', async () => {
      const [first, second] = [await online('any', 0), await online('any', 1)];
      const { id } = await rest.notify(note({ user: 'any' }));
      await ack(second, 'user:any');
      expect(await rest.status(id)).toMatchObject({
        state: 'acknowledged',
        recipients: { total: 2, acked: 1, pending: 1 },
      });
      expect((await first.notification('user:any')).id).toBe(id);
    });

    it('all: every recipient must ack, and a refusal makes a dead letter', async () => {
      const [first, second] = [await online('both', 0), await online('both', 1)];
      const { id } = await rest.notify(note({ user: 'both' }, { ack: 'all' }));
      await ack(first, 'user:both');
      expect(await rest.status(id)).toMatchObject({
        state: 'accepted',
        recipients: { total: 2, acked: 1, pending: 1 },
      });
      const pending = await rest.get<Page<Receipt>>(`/v1/notifications/${id}/receipts?state=pending`);
      expect(pending.body.items).toMatchObject([{ user: 'both', session: (await second.welcome()).session }]);
      const { offset } = await second.notification('user:both');
      await second.request('nack', { topic: 'user:both', offset, terminate: true }, 1);
      expect(await rest.status(id)).toMatchObject({ state: 'dead', recipients: { total: 2, acked: 1, pending: 0 } });
    });

    it('none: accepted and stays so', async () => {
      const socket = await online('none');
      const { id } = await rest.notify(note({ user: 'none' }, { ack: 'none' }));
      await ack(socket, 'user:none');
      expect(await rest.status(id)).toMatchObject({
        state: 'accepted',
        recipients: { total: 1, acked: 1, pending: 0 },
      });
    });

    it('pages receipts', async () => {
      const sockets = await Promise.all(Array.from({ length: 5 }, (_, n) => online(`page${n}`)));
      for (const socket of sockets) await socket.request('subscribe', { topic: 'paged' }, 's');
      const { id } = await rest.notify(note({ topics: ['paged', 'paged.too'] }, { ack: 'all' }));
      const users: string[] = [];
      let cursor: string | null = '';
      while (cursor !== null) {
        const query: string = cursor ? `&cursor=${cursor}` : '';
        const { body } = await rest.get<Page<Receipt>>(`/v1/notifications/${id}/receipts?limit=2${query}`);
        expect(body.items.length).toBeLessThanOrEqual(2);
        users.push(...body.items.map(({ user }) => user));
        cursor = body.next;
      }
      expect(users.toSorted()).toEqual(['page0', 'page1', 'page2', 'page3', 'page4']);
    });
  });

  describe('idempotency', () => {
    it('repeats its answer, and answers 422 to another body', async () => {
      const first = await rest.post<Accepted>('/v1/notifications', note({ user: 'idem' }), { idempotencyKey: 'k1' });
      const again = await rig
        .rest(1)
        .post<Accepted>('/v1/notifications', note({ user: 'idem' }), { idempotencyKey: 'k1' });
      expect([first.status, again.status]).toEqual([202, 202]);
      expect(again.body).toEqual(first.body);
      expect(first.headers.get('idempotent-replayed')).toBeNull();
      expect(again.headers.get('idempotent-replayed')).toBe('true');
      const other = await rest.post<Problem>('/v1/notifications', note({ user: 'else' }), { idempotencyKey: 'k1' });
      expect(other).toMatchObject({ status: 422, body: { code: 'idempotency_mismatch' } });
      const foreign = await rig.rest(0, rig.otherKey).post<Accepted>('/v1/notifications', note({ user: 'idem' }), {
        idempotencyKey: 'k1',
      });
      expect(foreign.body.id).not.toBe(first.body.id);
    });

    it('makes one notification of 50 concurrent requests on two nodes, also for many targets', async () => {
      const socket = await online('fifty');
      const to = { users: ['fifty', 'sixty'] };
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, n) =>
          rig.rest(n % 2).post<Accepted>('/v1/notifications', note(to), { idempotencyKey: 'k50' }),
        ),
      );
      expect(new Set(answers.map(({ body }) => JSON.stringify(body.targets.map(({ offset }) => offset))))).toEqual(
        new Set(['[1,1]']),
      );
      expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
      expect(answers.filter(({ headers }) => headers.get('idempotent-replayed') === null)).toHaveLength(1);
      await ack(socket, 'user:fifty');
      await rest.notify(note({ user: 'fifty' }, { data: 'next' }));
      expect(await socket.notification('user:fifty')).toMatchObject({ offset: 2, data: 'next' });
    });

    it('continues after a first attempt that died between the append and its answer', async () => {
      // A node that may write logs but not queues appends the notification, cannot add the guard
      // job, and so answers "unknown".
      const direct = rig.redis.client();
      await direct.call('ACL', 'SETUSER', 'lame', 'on', '>secret', '~*', '&*', '+@all');
      const url = rig.redis.url.replace('redis://', 'redis://lame:secret@');
      const lame = await rig.addServer('lame', { REDIS_URL: url, ROLES: 'api' });
      await direct.call('ACL', 'SETUSER', 'lame', 'resetkeys', '~pr:*');
      const node = rig.servers.indexOf(lame);
      const socket = await online('limbo');
      const body = note({ user: 'limbo' });
      const lost = await rig.rest(node).post<Problem>('/v1/notifications', body, { idempotencyKey: 'limbo' });
      expect(lost).toMatchObject({ status: 503, body: { code: 'redis_unavailable', retryable: true } });
      expect(lost.headers.get('retry-after')).toMatch(/^[1-5]$/);
      expect(lost.body.detail).toContain('retry with the same idempotency key');
      await lame.kill();
      const { id } = await socket.notification('user:limbo');

      const answer = await rest.post<Accepted>('/v1/notifications', body, { idempotencyKey: 'limbo' });
      expect(answer).toMatchObject({ status: 202, body: { id, targets: [{ topic: 'user:limbo', offset: 1 }] } });
      expect(answer.headers.get('idempotent-replayed')).toBe('true');
      await socket.request('ack', { topic: 'user:limbo', offset: 1 }, 1);
      expect((await rest.status(id)).state).toBe('acknowledged');
      expect(socket.notifications('user:limbo')).toHaveLength(1);
    });

    it('derives the keys of a batch and answers each item separately', async () => {
      const batch = {
        notifications: [note({ user: 'b1' }), { to: {} }, note({ user: 'b2' }, { data: 'x'.repeat(70_000) })],
      };
      const post = () =>
        rest.post<{ results: BatchResult[] }>('/v1/notifications/batch', batch, { idempotencyKey: 'kb' });
      const [first, again] = [await post(), await post()];
      expect(first.status).toBe(207);
      expect(first.body.results.map(({ status }) => status)).toEqual([202, 400, 413]);
      expect(again.body).toEqual(first.body);
    });
  });

  describe('time', () => {
    it('releases at delayMs and deliverAt, and not before', async () => {
      const socket = await online('later');
      const planned = await rest.notify(note({ user: 'later' }, { delayMs: 600, data: 'delayed' }));
      expect(planned).toMatchObject({ state: 'scheduled', targets: [{ topic: 'user:later' }] });
      expect((await rest.status(planned.id)).state).toBe('scheduled');
      const deliverAt = new Date(Date.now() + 1_200).toISOString();
      await rest.notify(note({ user: 'later' }, { deliverAt, data: 'dated' }));
      await rest.notify(note({ user: 'later' }, { data: 'now' }));
      await until(() => socket.notifications('user:later').length === 3);
      expect(socket.notifications('user:later').map(({ data }) => data)).toEqual(['now', 'delayed', 'dated']);
      await socket.request('ack', { topic: 'user:later', offset: 3 }, 1);
      expect(await rest.status(planned.id)).toMatchObject({
        state: 'acknowledged',
        history: [{ state: 'scheduled' }, { state: 'accepted' }, { state: 'acknowledged' }],
      });
    });

    it('cancels a scheduled notification', async () => {
      const { id } = await rest.notify(note({ users: ['c1', 'c2'] }, { delayMs: 60_000 }));
      expect(await rest.delete(`/v1/notifications/${id}`)).toMatchObject({ status: 200, body: { state: 'cancelled' } });
      expect((await rest.status(id)).state).toBe('cancelled');
      expect((await rest.delete(`/v1/notifications/${id}`)).status).toBe(409);
    });

    it('expires what nobody acknowledged in time, in flight or for an absent user', async () => {
      const socket = await online('slow');
      const flying = await rest.notify(note({ user: 'slow' }, { ttlMs: 400 }));
      const waiting = await rest.notify(note({ user: 'absent' }, { ttlMs: 400 }));
      const { offset } = await socket.notification('user:slow');
      expect((await socket.next('gap')).data).toMatchObject({ from: offset, to: offset, reason: 'expired' });
      await until(async () => (await rest.status(waiting.id)).state === 'expired');
      expect((await rest.status(flying.id)).state).toBe('expired');
      const late = await online('absent');
      await rest.notify(note({ user: 'absent' }, { data: 'fresh' }));
      expect(await late.notification('user:absent')).toMatchObject({ data: 'fresh' });
    });

    it('collapses unacknowledged notifications', async () => {
      const first = await rest.notify(note({ user: 'stack' }, { collapseKey: 'score', data: 1 }));
      await rest.notify(note({ user: 'stack' }, { collapseKey: 'other', data: 2 }));
      await rest.notify(note({ user: 'stack' }, { collapseKey: 'score', data: 3 }));
      expect((await rest.status(first.id)).state).toBe('cancelled');
      const socket = await online('stack');
      await until(() => socket.notifications('user:stack').length === 2);
      expect(socket.notifications('user:stack').map(({ data }) => data)).toEqual([2, 3]);
    });
  });

  describe('cancel', () => {
    it('answers 200 if nobody has acknowledged, 409 if somebody has, 404 if there is no such notification', async () => {
      const socket = await online('undo');
      const taken = await rest.notify(note({ user: 'undo' }));
      await ack(socket, 'user:undo');
      const open = await rest.notify(note({ user: 'undo' }));
      const { offset } = await socket.notification('user:undo');
      expect((await rest.delete(`/v1/notifications/${open.id}`)).status).toBe(200);
      expect((await socket.next('gap')).data).toMatchObject({ from: offset, reason: 'cancelled' });
      expect((await rest.delete(`/v1/notifications/${taken.id}`)).status).toBe(409);
      expect((await rest.delete('/v1/notifications/nothing')).status).toBe(404);
    });
  });

  describe('tenants', () => {
    it('never meet', async () => {
      const foreign = rig.rest(0, rig.foreignKey);
      const { id } = await rest.notify(note({ user: 'tenant' }));
      expect((await foreign.get(`/v1/notifications/${id}`)).status).toBe(404);
      expect((await foreign.delete(`/v1/notifications/${id}`)).status).toBe(404);
      expect((await foreign.get('/v1/topics/user:tenant')).status).toBe(404);
      const socket = await rig.socket('tenant', { claims: { app: 'foreign' } });
      await socket.subscribed('user:tenant');
      await foreign.notify(note({ user: 'tenant' }, { data: 'theirs' }));
      expect(await socket.notification('user:tenant')).toMatchObject({ offset: 1, data: 'theirs' });
      const { session } = await socket.welcome();
      expect((await rest.delete(`/v1/sessions/${session}`)).status).toBe(404);
      expect((await foreign.delete(`/v1/sessions/${session}`)).status).toBe(200);
      expect((await socket.ending()).code).toBe(4500);
    });
  });

  it('refuses a full personal topic, and accepts it again when there is room', async () => {
    const small = await rig.addServer('small', { TOPIC_MAX_OPEN: '3' });
    const full = rig.rest(rig.servers.indexOf(small));
    for (let n = 0; n < 3; n++) await full.notify(note({ user: 'hoarder' }, { data: n }));
    const refused = await full.post<Problem>('/v1/notifications', note({ user: 'hoarder' }));
    expect(refused).toMatchObject({ status: 409, body: { code: 'topic_full' } });
    const mixed = await full.notify(note({ users: ['hoarder', 'tidy'] }));
    expect(mixed.targets).toMatchObject([
      { topic: 'user:hoarder', error: 'topic_full' },
      { topic: 'user:tidy', offset: 1 },
    ]);
    const socket = await online('hoarder');
    await until(() => socket.notifications('user:hoarder').length === 3);
    await socket.request('ack', { topic: 'user:hoarder', offset: 3 }, 1);
    expect((await full.notify(note({ user: 'hoarder' }))).targets).toMatchObject([{ offset: 4 }]);
  });

  it('balances the books', async () => {
    await until(async () => (await rest.books()).difference === 0);
    expect(await rest.books()).toMatchObject({ difference: 0 });
    expect(await rest.metric('postrider_books')).toBeGreaterThan(0);
  });
});
