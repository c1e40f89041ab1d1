import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { JwtAuthenticator } from '../../src/auth/jwt-authenticator.js';
import { AcceptHook } from '../../src/publish/accept-hook.port.js';
import type { NotificationBody } from '../../src/contract/notification.schema.js';
import type { Publisher } from '../../src/contract/publisher.js';
import { AppRig } from '../support/app-rig.js';
import { ConsoleClient } from '../support/console-client.js';
import { FrameSocket, HandshakeRefused } from '../support/frame-socket.js';
import { RestClient } from '../support/rest-client.js';
import type { DeadLetter, Page } from '../support/rest-types.js';
import { until } from '../support/wait.js';

const ADMIN_KEY = 'an-admin-key-of-the-test';
type Line = Record<string, unknown>;

/** Extension that throws if a type or a token asks for it. */
@Injectable()
class BrokenHook extends AcceptHook {
  override beforeAccept(publisher: Publisher, body: NotificationBody): NotificationBody {
    if (body.type === 'breaks-before') throw new RangeError('broken before');
    return super.beforeAccept(publisher, body) as NotificationBody;
  }

  override afterAccept(...[, body]: [Publisher?, NotificationBody?]): void {
    if (body?.type === 'breaks-after') throw new RangeError('broken after');
  }
}

@Injectable()
class BrokenAuthenticator extends JwtAuthenticator {
  override authenticate(token: string) {
    if (token === 'breaks') return Promise.reject(new RangeError('broken authenticator'));
    return super.authenticate(token);
  }
}

describe('the log', () => {
  const lines: Line[] = [];
  let rig: AppRig;

  beforeAll(async () => {
    rig = await AppRig.start({
      log: lines,
      redis: { appendOnly: true },
      extensions: { acceptHooks: [BrokenHook], authenticator: BrokenAuthenticator },
      env: {
        LOG_LEVEL: 'debug',
        ADMIN_KEYS: `ada:${ADMIN_KEY}`,
        SWEEP_MS: '500',
        NODE_ID: 'n1',
        REDIS_WATCH_MS: '1000',
      },
    });
  });

  afterAll(() => rig?.close());

  const linesOf = (event: string, fields: Line = {}): Line[] =>
    lines.filter(
      (line) => line['event'] === event && Object.entries(fields).every(([name, value]) => line[name] === value),
    );
  /** Waits for the line of an outcome, and requires exactly one. */
  const once = async (event: string, fields: Line = {}): Promise<Line> => {
    await until(() => linesOf(event, fields).length > 0, { what: `${event} ${JSON.stringify(fields)} is logged` });
    expect(linesOf(event, fields)).toHaveLength(1);
    const [line = {}] = linesOf(event, fields);
    expect(line).toMatchObject({ node: 'n1', msg: expect.any(String), context: expect.any(String) });
    return line;
  };
  const note = (user: string, more: object = {}) => ({ to: { user }, type: 'note', data: 1, ...more });
  const deliveryOf = (user: string) => ({ app: 'main', topic: `user:${user}`, offset: 1, epoch: expect.any(String) });

  it('records an accepted and acknowledged notification', async () => {
    const socket = await rig.socket('ann');
    const { id } = await rig.rest.notify(note('ann'));
    const { offset } = await socket.notification('user:ann');
    await socket.request('ack', { topic: 'user:ann', offset }, 1);
    const told = { app: 'main', publisher: 'shop', topics: 1, replayed: false };
    expect(await once('notification_accepted', { notification: id })).toMatchObject({ level: 'debug', ...told });
    const { session } = await once('connection_opened', { user: 'ann' });
    expect(await once('delivery_acknowledged', { topic: 'user:ann' })).toMatchObject({
      level: 'debug',
      app: 'main',
      count: 1,
      sessions: [session],
    });
  });

  it('records a scheduled notification that is cancelled before its time', async () => {
    const { id } = await rig.rest.notify(note('ann', { delayMs: 600_000 }), 'key-1');
    await rig.rest.notify(note('ann', { delayMs: 600_000 }), 'key-1');
    await rig.rest.delete(`/v1/notifications/${id}`);
    await once('notification_scheduled', { notification: id, replayed: false });
    await once('notification_scheduled', { notification: id, replayed: true });
    expect(await once('notification_cancelled', { notification: id })).toMatchObject({ level: 'info', topics: 1 });
  });

  it('records cancellations, by request and by collapse key', async () => {
    const first = await rig.rest.notify(note('ben', { collapseKey: 'k' }));
    const second = await rig.rest.notify(note('ben', { collapseKey: 'k' }));
    await rig.rest.delete(`/v1/notifications/${second.id}`);
    expect(await once('delivery_cancelled', { notification: first.id })).toMatchObject({
      level: 'info',
      reason: 'collapsed',
      ...deliveryOf('ben'),
    });
    expect(await once('delivery_cancelled', { notification: second.id })).toMatchObject({
      reason: 'requested',
      offset: 2,
    });
  });

  it('records an expiry', async () => {
    const { id } = await rig.rest.notify(note('cid', { ttlMs: 100 }));
    expect(await once('delivery_expired', { notification: id })).toMatchObject({ level: 'info', ...deliveryOf('cid') });
  });

  it('records a redelivery and a delivery that was given up', async () => {
    const socket = await rig.socket('dan');
    const { session } = await once('connection_opened', { user: 'dan' });
    const { id } = await rig.rest.notify(note('dan', { ackWaitMs: 1_000, maxAttempts: 2 }));
    await socket.notification('user:dan');
    expect(await once('delivery_redelivered', { session })).toMatchObject({
      level: 'debug',
      attempt: 2,
      ...deliveryOf('dan'),
    });
    expect(await once('delivery_dead', { notification: id })).toMatchObject({
      level: 'warn',
      reason: 'max_attempts',
      ...deliveryOf('dan'),
    });
  });

  it('records a refusal by a client, a replay by an operator, and a dropped dead letter', async () => {
    const socket = await rig.socket('eve');
    const { id } = await rig.rest.notify(note('eve'));
    const { offset } = await socket.notification('user:eve');
    await socket.request('nack', { topic: 'user:eve', offset, terminate: true }, 1);
    expect(await once('delivery_dead', { notification: id })).toMatchObject({
      reason: 'refused',
      ...deliveryOf('eve'),
    });
    const { body } = await rig.rest.get<Page<DeadLetter>>('/v1/dead-letters?topic=user:eve');
    const letter = body.items[0]?.id ?? '';
    const path = `/v1/dead-letters/${encodeURIComponent(letter)}`;
    const again = await rig.rest.post<{ id: string }>(`${path}/replay`, undefined);
    expect(await once('dead_letter_replayed', { letter })).toMatchObject({
      publisher: 'shop',
      notification: again.body.id,
    });
    await rig.rest.delete(path);
    expect(await once('dead_letter_dropped', { letter })).toMatchObject({
      level: 'info',
      app: 'main',
      publisher: 'shop',
    });
  });

  it('records refused requests by route pattern and id', async () => {
    const headers = { 'x-request-id': 'request-1' };
    const answer = await rig.rest.get('/v1/notifications/none?secret=1', { headers });
    expect(answer.headers.get('x-request-id')).toBe('request-1');
    const told = await once('request_refused', { requestId: 'request-1' });
    expect(told).toMatchObject({ level: 'info', method: 'GET', route: '/v1/notifications/:id', status: 404 });
    expect(told).toMatchObject({ code: 'notification_not_found', app: 'main', publisher: 'shop' });
    expect(told['err']).toBeUndefined();
  });

  it.each([
    ['where there is no such path', '/no/such/path', 404],
    ['where the path cannot be read', '/%zz', 400],
  ])('names a request %s', async (_, path, status) => {
    const answer = await rig.rest.get(path);
    const requestId = answer.headers.get('x-request-id');
    expect(requestId).toMatch(/^[0-9a-f-]{36}$/);
    expect(await once('request_refused', { requestId })).toMatchObject({ status, method: 'GET' });
  });

  it.each(['two words', 'x'.repeat(129), 'café', ''])('does not accept %p as a request id', async (given) => {
    const headers = { 'x-request-id': Buffer.from(given, 'utf8').toString('latin1') };
    const answer = await rig.rest.get('/v1/books', { headers });
    expect([answer.status, answer.headers.get('x-request-id')]).toEqual([
      200,
      expect.stringMatching(/^[0-9a-f-]{36}$/),
    ]);
  });

  it('records the refused items of a batch', async () => {
    const notifications = [
      note('ann'),
      note('ann', { type: 7 }),
      note('ann', { escalate: [{ afterMs: 1, via: 'log' }] }),
    ];
    const headers = { 'x-request-id': 'batch-1' };
    await rig.rest.post('/v1/notifications/batch', { notifications }, { headers });
    expect(await once('batch_refused', { requestId: 'batch-1' })).toMatchObject({
      items: 3,
      count: 2,
      publisher: 'shop',
    });
  });

  it('records our own faults with their stack and the caller', async () => {
    const headers = { 'x-request-id': 'broken-1' };
    const answer = await rig.rest.post('/v1/notifications', note('ann', { type: 'breaks-before' }), { headers });
    expect(answer.status).toBe(500);
    const err = { type: 'RangeError', stack: expect.stringContaining('log-outcomes.spec.ts') };
    expect(await once('request_failed', { requestId: 'broken-1' })).toMatchObject({
      level: 'error',
      code: 'internal',
      err,
    });

    const { id } = await rig.rest.notify(note('ann', { type: 'breaks-after' }));
    expect(await once('hook_failed', { notification: id })).toMatchObject({ level: 'error', err });

    await expect(FrameSocket.open(socketUrl(), { token: 'breaks' })).rejects.toThrow(HandshakeRefused);
    expect(await once('handshake_failed')).toMatchObject({ level: 'error', status: 500, err });

    const socket = await rig.socket('fay');
    await socket.request('publish', { topic: 'chat.a', type: 'breaks-before', data: 1 }, 1);
    expect(await once('frame_failed')).toMatchObject({ level: 'error', user: 'fay', frame: 'publish', err });
  });

  it('records refused handshakes and frames without a stack', async () => {
    await expect(FrameSocket.open(socketUrl(), { token: 'none' })).rejects.toThrow(HandshakeRefused);
    const told = [await once('handshake_refused', { code: 'unauthorized', status: 401 })];
    const socket = await rig.socket('gus');
    const { session } = await once('connection_opened', { user: 'gus' });
    await socket.request('subscribe', { topic: 'no topic' }, 1);
    await socket.request('x'.repeat(1_000), {}, 2);
    told.push(await once('frame_refused', { session, frame: 'subscribe', code: 'invalid_request', field: 'topic' }));
    told.push(await once('frame_refused', { session, frame: 'other', code: 'unknown_event' }));
    expect(told.filter(({ err }) => err)).toEqual([]);
  });

  it('records connections as they are opened, taken over, closed and ended', async () => {
    await rig.socket('hal');
    const { session } = await once('connection_opened', { user: 'hal', resumed: false });
    const query = { session: String(session) };
    await rig.socket('hal', undefined, query);
    await once('connection_opened', { user: 'hal', resumed: true });
    expect(await once('session_taken_over', { session })).toMatchObject({ level: 'info', app: 'main', user: 'hal' });
    await once('connection_closed', { session, closeCode: 4409 });
    await rig.rest.delete(`/v1/sessions/${String(session)}`);
    expect(await once('session_ended', { session })).toMatchObject({ level: 'info', app: 'main', publisher: 'shop' });
    const closed = await once('connection_closed', { session, closeCode: 4500 });
    expect(closed).toMatchObject({ level: 'debug', user: 'hal', ms: expect.any(Number) });
  });

  it('records sign-ins to the console, and failed ones', async () => {
    const { status } = await ConsoleClient.signIn(rig.url, 'wrong');
    expect([status, (await once('sign_in_failed'))['code']]).toEqual([401, 'unauthorized']);
    await ConsoleClient.signIn(rig.url, ADMIN_KEY);
    expect(await once('signed_in')).toMatchObject({ level: 'info', admin: 'ada', requestId: expect.any(String) });
    const console = new RestClient(rig.url, ADMIN_KEY);
    await console.delete('/v1/sessions/none', { headers: { 'x-request-id': 'admin-1' } });
    expect(await once('request_refused', { requestId: 'admin-1' })).toMatchObject({
      publisher: 'admin:ada',
      app: 'main',
    });
  });

  it('records revoked tokens and lifted revocations', async () => {
    const admin = new RestClient(rig.url, ADMIN_KEY);
    await admin.post('/v1/revocations', { user: 'ivy' });
    const told = { level: 'info', app: 'main', publisher: 'admin:ada', revocation: 'user:ivy' };
    expect(await once('tokens_revoked')).toMatchObject(told);
    await admin.delete('/v1/revocations/user:ivy');
    expect(await once('revocation_lifted')).toMatchObject(told);
  });

  it('records unsafe settings of Redis, and their repair', async () => {
    await rig.redis.control.config('SET', 'maxmemory', '100mb');
    await once('redis_safe');
    await rig.redis.control.config('SET', 'maxmemory-policy', 'allkeys-lru');
    const unsafe = () => linesOf('redis_unsafe').filter(({ findings }) => String(findings).includes('noeviction'));
    await until(() => unsafe().length > 0);
    await rig.redis.control.config('SET', 'maxmemory-policy', 'noeviction');
    await until(() => linesOf('redis_safe').length === 2);
    expect(unsafe()).toHaveLength(1);
  });

  const socketUrl = (): string => `${rig.url.replace('http', 'ws')}/ws`;
});
