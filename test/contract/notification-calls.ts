import * as notificationsAnswers from '../../src/contract/notification-answers.schema.js';
import * as receiptsAnswers from '../../src/contract/receipt-answers.schema.js';
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
      'Accepts a notification. `202` means that it is stored; it ends acknowledged, expired, cancelled or dead-lettered, never silently. ' +
      'With an `Idempotency-Key` the request can be repeated: the same key and body get the same answer with `Idempotent-Replayed: true`. ' +
      'With several targets the answer is `202` if at least one accepted it; a target that refused it has an `error`. ' +
      '`X-Correlation-Id` (1 to 128 visible ASCII characters) is returned as `correlationId` in ' +
      'frames, status answers, dead letters and logs. `traceparent` and `tracestate`: [tracing.md](tracing.md).',
    body: notificationBody,
    takesKey: true,
    status: 202,
    answer: { schema: notificationsAnswers.accepted, example: accepted },
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
      'Accepts up to 1000 notifications, each accepted or refused on its own, with results in order. `X-Correlation-Id` and ' +
      '`traceparent` apply to each of them.',
    body: batchBody,
    takesKey: true,
    status: 207,
    answer: {
      schema: notificationsAnswers.batchAnswer,
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
                'orders.eu has reached its limit of unacknowledged notifications (TOPIC_MAX_OPEN). Retry once some of its notifications are acknowledged or expired, or cancel some.',
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
    meaning: 'The status of a notification. Kept for `RECORD_RETENTION_MS` after its end.',
    status: 200,
    answer: {
      schema: notificationsAnswers.notificationStatus,
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
      'Previews the recipients of a notification without storing it. It is refused like in `POST /v1/notifications`, and a target ' +
      'that would refuse it has an `error`. Up to 100 connected users are named for each target; `recipients` counts ' +
      'sessions, which may be subscribed to several targets.',
    body: notificationBody,
    status: 200,
    answer: {
      schema: notificationsAnswers.dryRun,
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
      'The events of a notification, oldest first: `scheduled`, `accepted` (in each topic), `redelivered`, `nacked`, and its end: ' +
      '`acknowledged`, `expired`, `dead`, `cancelled`. The last 20 redeliveries and nacks of each topic are kept; `redelivered` ' +
      'is listed once for each attempt, for any number of sessions; notifications sent again after a reconnect are no ' +
      'attempts. `accepted` has the number of sessions that were `online`; it was sent to them at once if their windows had room. ' +
      'The receipts list the acknowledging sessions, and their traces the times ([tracing.md](tracing.md)); ' +
      '`session` is the one whose acknowledgment ended the delivery.',
    status: 200,
    answer: {
      schema: receiptsAnswers.timelinePage,
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
    meaning: 'The receipts of a notification by session: which of them have acknowledged it.',
    query: receiptsQuery,
    status: 200,
    answer: {
      schema: receiptsAnswers.receiptsPage,
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
    meaning: 'Cancels the unacknowledged deliveries of a notification; sessions get a `gap` instead.',
    status: 200,
    answer: { schema: notificationsAnswers.cancelled, example: { id: ID, state: 'cancelled', cancelled: 1, kept: 0 } },
    refusals: '404 `notification_not_found`, 409 `too_late` if nothing is left to cancel',
  },
];
