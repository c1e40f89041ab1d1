import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { z } from 'zod';
import { AuthModule } from '../../src/auth/auth.module.js';
import { Config } from '../../src/config/config.js';
import { ConfigModule } from '../../src/config/config.module.js';
import { ExtensionsModule } from '../../src/extensions.module.js';
import { HttpAdapter } from '../../src/http/http-adapter.js';
import { HttpModule } from '../../src/http/http.module.js';
import { openApiOf } from '../../src/http/openapi.js';
import * as notificationsAnswers from '../../src/contract/notification-answers.schema.js';
import * as booksAnswers from '../../src/contract/books.schema.js';
import * as topicsAnswers from '../../src/contract/topic-answers.schema.js';
import * as receiptsAnswers from '../../src/contract/receipt-answers.schema.js';
import * as sessionsAnswers from '../../src/contract/session-answers.schema.js';
import * as letters from '../../src/contract/dead-letter.schema.js';
import { RestModule } from '../../src/rest/rest.module.js';
import { ObservabilityModule } from '../../src/observability/observability.module.js';
import { RedisRig } from '../support/redis-rig.js';
import { RestClient } from '../support/rest-client.js';
import type { Accepted, BatchResult, Problem } from '../support/rest-types.js';

const KEY = 'test-key-0123456789';
const OTHER_KEY = 'other-key-0123456789';

let redis: RedisRig;
let app: NestFastifyApplication;
let rest: RestClient;
let other: RestClient;

beforeAll(async () => {
  redis = await RedisRig.start();
  const config = Config.from({
    NODE_ENV: 'test',
    REDIS_URL: redis.url,
    API_KEYS: `main:shop:${KEY},other:crm:${OTHER_KEY}`,
    JWT_SECRET: 'a-secret-of-at-least-16',
  });
  const built = await Test.createTestingModule({
    imports: [
      ConfigModule,
      ObservabilityModule,
      AuthModule.register(),
      HttpModule,
      ExtensionsModule.of({}),
      RestModule,
    ],
  })
    .overrideProvider(Config)
    .useValue(config)
    .compile();
  app = built.createNestApplication<NestFastifyApplication>(new HttpAdapter(config), { logger: false });
  await app.listen(0, '127.0.0.1');
  rest = new RestClient(await app.getUrl(), KEY);
  other = new RestClient(await app.getUrl(), OTHER_KEY);
});

afterAll(async () => {
  await app?.close();
  await redis?.stop();
});

const order = (user: string, data: unknown = { order: 1 }) => ({ to: { user }, type: 'order.shipped', data });

describe('POST /v1/notifications', () => {
  it('answers 202 with where it was stored', async () => {
    const { status, body } = await rest.post('/v1/notifications', order('ada'));
    expect(status).toBe(202);
    expect(notificationsAnswers.accepted.parse(body)).toMatchObject({
      state: 'accepted',
      targets: [{ topic: 'user:ada', offset: 1, online: 0 }],
    });
  });

  it('numbers what it stores in a topic', async () => {
    await rest.notify(order('ben'));
    const { targets } = await rest.notify(order('ben'));
    expect(targets[0]).toMatchObject({ offset: 2 });
  });

  it('repeats its answer for the same key and body, and refuses another body', async () => {
    const first = await rest.post<Accepted>('/v1/notifications', order('cyd'), { idempotencyKey: 'k1' });
    const again = await rest.post<Accepted>('/v1/notifications', order('cyd'), { idempotencyKey: 'k1' });
    expect(first.headers.get('idempotent-replayed')).toBeNull();
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(again.body).toEqual(first.body);
    const mismatch = await rest.post<Problem>('/v1/notifications', order('cyd', 2), { idempotencyKey: 'k1' });
    expect([mismatch.status, mismatch.body.code]).toEqual([422, 'idempotency_mismatch']);
  });

  it('refuses a date in the past and names it', async () => {
    const body = { ...order('dan'), deliverAt: '2020-01-01T00:00:00Z' };
    for (const idempotencyKey of [undefined, 'k-date']) {
      const { status, body: problem } = await rest.post<Problem>('/v1/notifications', body, {
        ...(idempotencyKey && { idempotencyKey }),
      });
      expect([status, problem.errors]).toEqual([400, [{ field: 'deliverAt', message: expect.any(String) }]]);
    }
  });

  it('refuses data above its limit with 413', async () => {
    const { status, body } = await rest.post<Problem>('/v1/notifications', order('eve', 'x'.repeat(65_536)));
    expect([status, body.code]).toEqual([413, 'payload_too_large']);
  });

  it('refuses escalation, which is not available yet, instead of ignoring it', async () => {
    const body = { ...order('eva'), escalate: [{ afterMs: 60_000, via: 'sms' }] };
    const { status, body: problem } = await rest.post<Problem>('/v1/notifications', body);
    const message = 'escalate: escalation is not available yet. Leave the field out.';
    expect([status, problem.code, problem.errors]).toEqual([400, 'invalid_request', [{ field: 'escalate', message }]]);
  });

  it('keeps a scheduled notification for later', async () => {
    const accepted = await rest.notify({ ...order('fay'), delayMs: 60_000 });
    expect(accepted).toMatchObject({ state: 'scheduled', targets: [{ topic: 'user:fay' }] });
    expect(notificationsAnswers.notificationStatus.parse(await rest.status(accepted.id))).toMatchObject({
      state: 'scheduled',
    });
  });
});

describe('POST /v1/notifications/batch', () => {
  it('answers each item separately, in order', async () => {
    const notifications = [
      order('gus', 1),
      { to: { user: 'gus' }, data: 2 },
      order('gus', 3),
      'nothing',
      order('gus', 5),
    ];
    const { status, body } = await rest.post<{ results: BatchResult[] }>('/v1/notifications/batch', { notifications });
    expect(status).toBe(207);
    const { results } = notificationsAnswers.batchAnswer.parse(body);
    expect(results.map((result) => result.status)).toEqual([202, 400, 202, 400, 202]);
    expect(results[1]).toMatchObject({ problem: { errors: [{ field: 'type', message: 'is required' }] } });
    expect(body.results.flatMap(({ targets }) => targets?.map(({ offset }) => offset) ?? [])).toEqual([1, 2, 3]);
  });

  it('takes the items of a topic in their order, whatever else they address', async () => {
    const notifications = [
      order('una', 1),
      { ...order('una', 2), to: { users: ['una', 'uwe'] } },
      { ...order('una', 3), to: { session: 'nobody' } },
      { ...order('una', 4), delayMs: 3_600_000 },
      { ...order('una', 5), to: { topic: 'user:una' } },
      order('uwe', 6),
    ];
    const { body } = await rest.post<{ results: BatchResult[] }>('/v1/notifications/batch', { notifications });
    const { results } = notificationsAnswers.batchAnswer.parse(body);
    expect(results.map((result) => result.status)).toEqual([202, 202, 404, 202, 202, 202]);
    const stored = body.results.map(({ targets }) => targets?.map(({ topic, offset }) => `${topic} ${offset ?? ''}`));
    expect(stored).toEqual([
      ['user:una 1'],
      ['user:una 2', 'user:uwe 1'],
      undefined,
      ['user:una '],
      ['user:una 3'],
      ['user:uwe 2'],
    ]);
  });

  it('repeats its answer for the same key', async () => {
    const notifications = [order('hal', 1), { type: 'x' }, order('hal', 2)];
    const ask = () => rest.post('/v1/notifications/batch', { notifications }, { idempotencyKey: 'batch-1' });
    const [first, again] = [await ask(), await ask()];
    expect(again.body).toEqual(first.body);
    expect((await rest.get<{ head: number }>('/v1/topics/user:hal')).body.head).toBe(2);
  });

  it.each([
    ['without a list', {}, 'notifications'],
    ['an empty one', { notifications: [] }, 'notifications'],
    ['a long one', { notifications: Array.from({ length: 1_001 }, () => 1) }, 'notifications'],
    ['unknown fields', { notifications: [1], more: 1 }, 'more'],
  ])('refuses %s as a whole', async (_, body, field) => {
    const answer = await rest.post<Problem>('/v1/notifications/batch', body);
    expect([answer.status, answer.body.errors?.map((error) => error.field)]).toEqual([400, [field]]);
  });
});

describe('looking things up', () => {
  it('shows the state of a notification with its metadata', async () => {
    const { id } = await rest.notify({ ...order('ida'), metadata: { shop: 'eu' } });
    const status = notificationsAnswers.notificationStatus.parse(await rest.status(id));
    expect(status).toMatchObject({
      id,
      state: 'accepted',
      type: 'order.shipped',
      recipients: { total: 0, acked: 0, pending: 0 },
      metadata: { shop: 'eu' },
      history: [{ state: 'accepted' }],
    });
  });

  it('cancels once; after that it is too late', async () => {
    const { id } = await rest.notify(order('jan'));
    const { status, body } = await rest.delete(`/v1/notifications/${id}`);
    expect([status, notificationsAnswers.cancelled.parse(body)]).toMatchObject([
      200,
      { id, state: 'cancelled', cancelled: 1 },
    ]);
    const again = await rest.delete<Problem>(`/v1/notifications/${id}`);
    expect([again.status, again.body.code]).toEqual([409, 'too_late']);
  });

  it('pages through a history, with a gap for a cancelled entry', async () => {
    const ids: string[] = [];
    for (const n of [1, 2, 3])
      ids.push((await rest.notify({ to: { topic: 'news' }, type: 'n', data: n, ack: 'any' })).id);
    await rest.delete(`/v1/notifications/${ids[1]}`);
    const first = topicsAnswers.historyPage.parse((await rest.get('/v1/topics/news/history?limit=2')).body);
    expect(first.items).toMatchObject([
      { offset: 1, data: 1, type: 'n' },
      { offset: 2, gap: 'cancelled' },
    ]);
    const second = topicsAnswers.historyPage.parse(
      (await rest.get(`/v1/topics/news/history?cursor=${first.next}`)).body,
    );
    expect(second).toMatchObject({ items: [{ offset: 3, data: 3 }], next: null });
  });

  it.each([
    [
      'receipts of one nobody was there for',
      async () => `/v1/notifications/${(await rest.notify(order('kim'))).id}/receipts`,
      receiptsAnswers.receiptsPage,
    ],
    ['the sessions of a user', async () => '/v1/users/kim/sessions', sessionsAnswers.sessionsPage],
    ['dead letters', async () => '/v1/dead-letters', letters.deadLettersPage],
  ])('answers an empty list: %s', async (_, path, schema) => {
    const { status, body } = await rest.get(await path());
    expect([status, schema.parse(body)]).toMatchObject([200, { items: [], next: null }]);
  });

  it('returns presence and the books', async () => {
    expect(topicsAnswers.presence.parse((await rest.get('/v1/topics/user:ada/presence')).body)).toEqual({
      topic: 'user:ada',
      users: [],
      sessions: [],
    });
    expect(booksAnswers.books.parse((await rest.get('/v1/books')).body)).toMatchObject({ difference: 0 });
  });

  it.each([
    ['GET', '/v1/notifications/nothing', 'notification_not_found'],
    ['GET', '/v1/notifications/nothing/receipts', 'notification_not_found'],
    ['DELETE', '/v1/notifications/nothing', 'notification_not_found'],
    ['DELETE', '/v1/sessions/nothing', 'session_not_found'],
    ['POST', '/v1/dead-letters/nothing/replay', 'dead_letter_not_found'],
    ['DELETE', '/v1/dead-letters/nothing', 'dead_letter_not_found'],
    ['GET', '/v1/topics/never.used', 'topic_not_found'],
  ])('%s %s is 404', async (method, path, code) => {
    const { status, body } = await rest.call<Problem>(method, path);
    expect([status, body.code]).toEqual([404, code]);
  });

  it.each([
    ['/v1/notifications/a%7Bb%7D', 'id'],
    ['/v1/topics/a%20b', 'topic'],
    ['/v1/users/a%20b/sessions', 'user'],
    ['/v1/dead-letters?limit=0', 'limit'],
    ['/v1/dead-letters?cursor=x', 'cursor'],
    ['/v1/topics/news/history?from=x', 'from'],
  ])('GET %s is 400', async (path, field) => {
    const { status, body } = await rest.get<Problem>(path);
    expect([status, body.errors?.map((error) => error.field)]).toEqual([400, [field]]);
  });

  it('keeps apps apart', async () => {
    const { id } = await rest.notify(order('lea'));
    expect((await other.get(`/v1/notifications/${id}`)).status).toBe(404);
    expect((await other.delete(`/v1/notifications/${id}`)).status).toBe(404);
    expect((await other.get('/v1/topics/user:lea')).status).toBe(404);
    expect((await other.books()).accepted).toBe(0);
  });
});

describe('the OpenAPI document', () => {
  it('describes every call with the schemas of its body and answer', () => {
    const { paths, components } = openApiOf(app);
    const operations = Object.entries(paths).flatMap(([path, item]) =>
      Object.entries(item as Record<string, unknown>).map(([method, operation]) => ({ path, method, operation })),
    );
    const calls = operations.filter(({ path }) => path.startsWith('/v1/'));
    expect(calls).toHaveLength(22);
    const answered = z.object({
      summary: z.string().min(1),
      responses: z.record(z.string(), z.object({ content: z.unknown() })),
    });
    for (const { operation } of calls) expect(answered.safeParse(operation).error).toBeUndefined();
    expect(paths['/v1/notifications']?.post?.requestBody).toMatchObject({
      content: { 'application/json': { schema: { $ref: '#/components/schemas/Notification' } } },
    });
    expect(components?.schemas).toMatchObject({
      Notification: { required: ['to', 'type', 'data'], additionalProperties: false },
    });
  });
});
