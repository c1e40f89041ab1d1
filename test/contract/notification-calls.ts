import * as answers from '../../src/contract/answer.schema.js';
import { batchBody, notificationBody } from '../../src/contract/notification.schema.js';
import { receiptsQuery } from '../../src/contract/query.schema.js';
import { AT, ID, type RestCall, accepted } from './rest-call.js';

export const NOTIFICATION_CALLS: readonly RestCall[] = [
  {
    group: 'Notifications',
    method: 'POST',
    path: '/v1/notifications',
    scope: 'publish',
    example: '/v1/notifications',
    meaning:
      'Accept a notification. `202` says that it is stored; it ends acknowledged, expired, cancelled or dead-lettered, never silently. ' +
      'With `Idempotency-Key` the request can be repeated: same key and body give the same answer with `Idempotent-Replayed: true`. ' +
      'With several targets it is `202` if at least one took it; one that did not has an `error`. ' +
      '`X-Correlation-Id` (1 to 128 visible ASCII characters) names the work that it belongs to: it comes back as `correlationId` in ' +
      'frames, status answers, dead letters and logs. `traceparent` and `tracestate`: [tracing.md](tracing.md).',
    body: notificationBody,
    takesKey: true,
    status: 202,
    answer: { schema: answers.accepted, example: accepted },
    refusals:
      '409 `topic_full`, 413 `payload_too_large`, 422 `idempotency_mismatch`, 503 `redis_unavailable` or `unconfirmed`',
  },
  {
    group: 'Notifications',
    method: 'POST',
    path: '/v1/notifications/batch',
    scope: 'publish',
    example: '/v1/notifications/batch',
    meaning:
      'Accept up to 1000 notifications; each is accepted or refused for itself, and answered in order. `X-Correlation-Id` and ' +
      '`traceparent` are those of each.',
    body: batchBody,
    takesKey: true,
    status: 207,
    answer: {
      schema: answers.batchAnswer,
      example: {
        results: [
          { status: 202, ...accepted },
          {
            status: 409,
            problem: {
              type: 'urn:postrider:problem:topic_full',
              title: 'The topic is full',
              status: 409,
              code: 'topic_full',
              detail:
                'orders.eu holds as many unacknowledged notifications as TOPIC_MAX_OPEN allows. Retry once some of its notifications are acknowledged or expired, or cancel some.',
              retryable: true,
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
    scope: 'read',
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
    method: 'POST',
    path: '/v1/notifications/dry-run',
    scope: 'publish',
    example: '/v1/notifications/dry-run',
    meaning:
      'Tell who would get a notification. Nothing is stored; it is refused as `POST /v1/notifications` would be, and a target ' +
      'that would not take it has an `error`. Users who are connected are named, up to 100 of a target; `recipients` counts ' +
      'sessions, of which one may be subscribed to several targets.',
    body: notificationBody,
    status: 200,
    answer: {
      schema: answers.dryRun,
      example: {
        type: 'order.shipped',
        targets: [{ topic: 'user:alice', head: 41, subscribers: 3, online: 2, users: ['alice'] }],
        recipients: { sessions: 3, online: 2 },
        expiresAt: '2026-03-02T12:00:00.000Z',
      },
    },
    refusals: '404 `session_not_found`, 409 `topic_full`, 413 `payload_too_large`',
  },
  {
    group: 'Notifications',
    method: 'GET',
    path: '/v1/notifications/:id/timeline',
    scope: 'read',
    example: `/v1/notifications/${ID}/timeline`,
    meaning:
      'What happened to it, oldest first: `scheduled`, `accepted` (in each topic), `redelivered`, `nacked`, and how it ended: ' +
      '`acknowledged`, `expired`, `dead`, `cancelled`. Of redeliveries and nacks the last 20 of a topic are kept; `redelivered` ' +
      'is told once for each attempt, however many sessions got it; what comes again because a client has reconnected is no ' +
      'attempt. `accepted` tells how many sessions were `online`: it was sent to them at once, where their windows had room. ' +
      'Who has acknowledged is told by the receipts, when each has by its trace ([tracing.md](tracing.md)); ' +
      '`session` is the one whose acknowledgement was the end.',
    status: 200,
    answer: {
      schema: answers.timelinePage,
      example: {
        items: [
          { at: AT, event: 'accepted', topic: 'user:alice', online: 1, guarded: true },
          { at: '2026-03-01T12:00:00.120Z', event: 'nacked', topic: 'user:alice', attempt: 1, reason: 'busy' },
          { at: '2026-03-01T12:00:01.130Z', event: 'redelivered', topic: 'user:alice', attempt: 2 },
          {
            at: '2026-03-01T12:00:01.200Z',
            event: 'acknowledged',
            topic: 'user:alice',
            attempt: 2,
            session: '8vl1m2c7q0x5',
            acked: 1,
            recipients: 1,
          },
        ],
        next: null,
      },
    },
    refusals: '404 `notification_not_found`',
  },
  {
    group: 'Notifications',
    method: 'GET',
    path: '/v1/notifications/:id/receipts',
    scope: 'read',
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
    scope: 'publish',
    example: `/v1/notifications/${ID}`,
    meaning: 'Cancel what nobody has acknowledged yet; sessions get a `gap` in its place.',
    status: 200,
    answer: { schema: answers.cancelled, example: { id: ID, state: 'cancelled', cancelled: 1, kept: 0 } },
    refusals: '404 `notification_not_found`, 409 `too_late` where nothing is left to cancel',
  },
];
