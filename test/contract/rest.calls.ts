import type { z } from 'zod';
import { pageQuery } from '../../src/http/page.js';
import * as answers from '../../src/notification/answer.schema.js';
import { batchBody, notificationBody } from '../../src/notification/notification.schema.js';
import { deadLettersQuery, historyQuery, receiptsQuery } from '../../src/notification/query.schema.js';

/** One REST call as docs/rest-api.md shows it; its examples are checked against the schemas of the server. */
export interface RestCall {
  group: string;
  method: 'GET' | 'POST' | 'DELETE';
  path: string;
  /** The path as it would be asked, with its query. */
  example: string;
  meaning: string;
  query?: z.ZodObject;
  body?: { schema: z.ZodType; example: unknown };
  status: number;
  answer: { schema: z.ZodType; example: unknown };
  refusals?: string;
}

const ID = 'smmh2k0p1q7f3x9b2de0a';
const EPOCH = 'p3k9z1';
const AT = '2026-03-01T12:00:00.000Z';
const stored = { topic: 'user:alice', offset: 42, epoch: EPOCH, online: 2 };
const accepted = { id: ID, state: 'accepted', targets: [stored] };
const shipped = { to: { user: 'alice' }, type: 'order.shipped', data: { order: 4711 } };

export const REST_CALLS: readonly RestCall[] = [
  {
    group: 'Notifications',
    method: 'POST',
    path: '/v1/notifications',
    example: '/v1/notifications',
    meaning:
      'Accept a notification. `202` says that it is stored; it ends acknowledged, expired, cancelled or dead-lettered, never silently. ' +
      'With `Idempotency-Key` the request can be repeated: same key and body give the same answer with `Idempotent-Replayed: true`. ' +
      'With several targets it is `202` if at least one took it; one that did not has an `error`.',
    body: {
      schema: notificationBody,
      example: { ...shipped, ack: 'any', ttlMs: 86_400_000, metadata: { shop: 'eu-1' } },
    },
    status: 202,
    answer: { schema: answers.accepted, example: accepted },
    refusals:
      '409 `topic_full`, 413 `payload_too_large`, 422 `idempotency_mismatch`, 503 `redis_unavailable` or `unconfirmed`',
  },
  {
    group: 'Notifications',
    method: 'POST',
    path: '/v1/notifications/batch',
    example: '/v1/notifications/batch',
    meaning: 'Accept up to 1000 notifications; each is accepted or refused for itself, and answered in order.',
    body: {
      schema: batchBody,
      example: { notifications: [shipped, { to: { topic: 'orders.eu' }, data: null }] },
    },
    status: 207,
    answer: {
      schema: answers.batchAnswer,
      example: {
        results: [
          { status: 202, ...accepted },
          {
            status: 400,
            problem: {
              type: 'urn:postrider:problem:invalid_request',
              title: 'The request is not valid',
              status: 400,
              code: 'invalid_request',
              detail: 'type is required.',
              retryable: false,
              errors: [{ field: 'type', message: 'is required' }],
            },
          },
        ],
      },
    },
  },
  {
    group: 'Notifications',
    method: 'GET',
    path: '/v1/notifications/:id',
    example: `/v1/notifications/${ID}`,
    meaning: 'How far a notification is. Kept for `RECORD_RETENTION_MS` after its end.',
    status: 200,
    answer: {
      schema: answers.notificationStatus,
      example: {
        ...accepted,
        state: 'acknowledged',
        type: 'order.shipped',
        createdAt: AT,
        expiresAt: '2026-03-02T12:00:00.000Z',
        recipients: { total: 2, acked: 1, pending: 1, refused: 0, left: 0 },
        attempts: 1,
        history: [
          { state: 'accepted', at: AT },
          { state: 'acknowledged', at: '2026-03-01T12:00:00.120Z' },
        ],
        metadata: { shop: 'eu-1' },
      },
    },
    refusals: '404 `notification_not_found`',
  },
  {
    group: 'Notifications',
    method: 'GET',
    path: '/v1/notifications/:id/receipts',
    example: `/v1/notifications/${ID}/receipts?state=acked`,
    meaning: 'Who has acknowledged it and who has not, by session.',
    query: receiptsQuery,
    status: 200,
    answer: {
      schema: answers.receiptsPage,
      example: { items: [{ topic: 'user:alice', session: 'k3v9q2', user: 'alice', state: 'acked' }], next: null },
    },
    refusals: '404 `notification_not_found`',
  },
  {
    group: 'Notifications',
    method: 'DELETE',
    path: '/v1/notifications/:id',
    example: `/v1/notifications/${ID}`,
    meaning: 'Cancel what nobody has acknowledged yet; sessions get a `gap` in its place.',
    status: 200,
    answer: { schema: answers.cancelled, example: { id: ID, state: 'cancelled', cancelled: 1, kept: 0 } },
    refusals: '404 `notification_not_found`, 409 `too_late` where nothing is left to cancel',
  },
  {
    group: 'Topics',
    method: 'GET',
    path: '/v1/topics/:topic',
    example: '/v1/topics/orders.eu',
    meaning: 'Head, epoch and subscribers of a topic.',
    status: 200,
    answer: {
      schema: answers.topicAnswer,
      example: { topic: 'orders.eu', epoch: EPOCH, head: 42, subscribers: 9, online: 7 },
    },
    refusals: '404 `topic_not_found`',
  },
  {
    group: 'Topics',
    method: 'GET',
    path: '/v1/topics/:topic/history',
    example: '/v1/topics/orders.eu/history?from=41&limit=2',
    meaning: 'The entries that a topic still holds, oldest first. What is gone is told as a `gap` with its reason.',
    query: historyQuery,
    status: 200,
    answer: {
      schema: answers.historyPage,
      example: {
        items: [
          { offset: 41, epoch: EPOCH, gap: 'expired' },
          { offset: 42, epoch: EPOCH, id: ID, type: 'order.shipped', data: { order: 4711 }, at: AT },
        ],
        next: '43',
      },
    },
    refusals: '404 `topic_not_found`',
  },
  {
    group: 'Topics',
    method: 'GET',
    path: '/v1/topics/:topic/presence',
    example: '/v1/topics/orders.eu/presence',
    meaning: 'Who is connected to a topic. After the crash of a node it may be up to 15 s behind.',
    status: 200,
    answer: { schema: answers.presence, example: { topic: 'orders.eu', users: ['alice'], sessions: ['k3v9q2'] } },
  },
  {
    group: 'Sessions',
    method: 'GET',
    path: '/v1/users/:user/sessions',
    example: '/v1/users/alice/sessions',
    meaning: 'The sessions of a user, connected (`open`) or waiting to be resumed (`suspended`).',
    query: pageQuery,
    status: 200,
    answer: {
      schema: answers.sessionsPage,
      example: {
        items: [{ id: 'k3v9q2', user: 'alice', state: 'open', node: 'node-1', topics: ['all', 'user:alice'] }],
        next: null,
      },
    },
  },
  {
    group: 'Sessions',
    method: 'DELETE',
    path: '/v1/sessions/:id',
    example: '/v1/sessions/k3v9q2',
    meaning: 'End a session for good; its socket is closed with 4500.',
    status: 200,
    answer: { schema: answers.sessionEnded, example: { id: 'k3v9q2', state: 'expired' } },
    refusals: '404 `session_not_found`',
  },
  {
    group: 'Dead letters',
    method: 'GET',
    path: '/v1/dead-letters',
    example: '/v1/dead-letters?topic=user:alice',
    meaning: 'Deliveries that were given up, newest first; kept for `DEAD_LETTER_RETENTION_MS`.',
    query: deadLettersQuery,
    status: 200,
    answer: {
      schema: answers.deadLettersPage,
      example: {
        items: [
          {
            id: `${ID}.1`,
            notification: ID,
            topic: 'user:alice',
            offset: 42,
            type: 'order.shipped',
            data: { order: 4711 },
            reason: 'attempts',
            attempts: 5,
            createdAt: AT,
            deadAt: '2026-03-01T12:09:30.000Z',
          },
        ],
        next: null,
      },
    },
  },
  {
    group: 'Dead letters',
    method: 'POST',
    path: '/v1/dead-letters/:id/replay',
    example: `/v1/dead-letters/${ID}.1/replay`,
    meaning: 'Send one again, as a new notification with a new id. Asked twice, it makes one.',
    status: 202,
    answer: {
      schema: answers.replayed,
      example: { ...accepted, id: 'smmh2x4k8c0w5r1t6vy0a', targets: [{ ...stored, offset: 57 }], replayOf: ID },
    },
    refusals: '404 `dead_letter_not_found`, 409 `topic_full`',
  },
  {
    group: 'Dead letters',
    method: 'DELETE',
    path: '/v1/dead-letters/:id',
    example: `/v1/dead-letters/${ID}.1`,
    meaning: 'Forget one.',
    status: 200,
    answer: { schema: answers.dropped, example: { id: `${ID}.1`, state: 'dropped' } },
    refusals: '404 `dead_letter_not_found`',
  },
  {
    group: 'Books',
    method: 'GET',
    path: '/v1/books',
    example: '/v1/books',
    meaning:
      'What became of every delivery of the app: `accepted` = `acked` + `expired` + `cancelled` + `dead` + `unguarded` + `pending`. ' +
      '`counted` is `pending` counted one by one, `difference` between the two is 0 unless something was lost.',
    status: 200,
    answer: {
      schema: answers.books,
      example: {
        accepted: 100,
        acked: 90,
        expired: 1,
        cancelled: 1,
        dead: 1,
        unguarded: 5,
        pending: 2,
        counted: 2,
        difference: 0,
      },
    },
  },
];
