import { pageQuery } from '../../src/contract/page.js';
import * as booksAnswers from '../../src/contract/books.schema.js';
import * as topicsAnswers from '../../src/contract/topic-answers.schema.js';
import * as sessionsAnswers from '../../src/contract/session-answers.schema.js';
import * as letters from '../../src/contract/dead-letter.schema.js';
import { lettersBody } from '../../src/contract/notification.schema.js';
import { deadLettersQuery, historyQuery } from '../../src/contract/query.schema.js';
import { NOTIFICATION_CALLS } from './notification-calls.js';
import { REVOCATION_CALLS } from './revocation-calls.js';
import { AT, EPOCH, ID, type RestCall, accepted, stored } from './rest-call.js';

const GONE = 'smmh2k0p1r8g4y0c3ef0a';
const noLetter = {
  type: 'urn:postrider:problem:dead_letter_not_found',
  title: 'No such dead letter',
  status: 404,
  code: 'dead_letter_not_found',
  detail: 'There is no such dead letter. Check the id: it was dropped, or its retention has ended.',
  retryable: false,
};

export const REST_CALLS: readonly RestCall[] = [
  ...NOTIFICATION_CALLS,
  {
    group: 'Topics',
    method: 'GET',
    path: '/v1/topics/:topic',
    scope: 'read',
    example: '/v1/topics/orders.eu',
    meaning: 'Head, epoch and subscribers of a topic.',
    status: 200,
    answer: {
      schema: topicsAnswers.topicAnswer,
      example: { topic: 'orders.eu', epoch: EPOCH, head: 42, subscribers: 9, online: 7 },
    },
    refusals: '404 `topic_not_found`',
  },
  {
    group: 'Topics',
    method: 'GET',
    path: '/v1/topics/:topic/history',
    scope: 'read',
    example: '/v1/topics/orders.eu/history?from=41&limit=2',
    meaning: 'The entries that a topic still holds, oldest first. A missing entry is a `gap` with its reason.',
    query: historyQuery,
    status: 200,
    answer: {
      schema: topicsAnswers.historyPage,
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
    scope: 'read',
    example: '/v1/topics/orders.eu/presence',
    meaning: 'Lists who is connected to a topic. After the crash of a node the answer may be up to 15 s stale.',
    status: 200,
    answer: { schema: topicsAnswers.presence, example: { topic: 'orders.eu', users: ['alice'], sessions: ['k3v9q2'] } },
  },
  {
    group: 'Sessions',
    method: 'GET',
    path: '/v1/users/:user/sessions',
    scope: 'read',
    example: '/v1/users/alice/sessions',
    meaning: 'The sessions of a user, connected (`open`) or waiting to be resumed (`suspended`).',
    query: pageQuery,
    status: 200,
    answer: {
      schema: sessionsAnswers.sessionsPage,
      example: {
        items: [{ id: 'k3v9q2', user: 'alice', state: 'open', node: 'node-1', topics: ['all', 'user:alice'] }],
        next: null,
      },
    },
  },
  {
    group: 'Sessions',
    method: 'GET',
    path: '/v1/users/:user/unacked',
    scope: 'read',
    example: '/v1/users/alice/unacked',
    meaning: 'The unacknowledged notifications of a user, oldest first. `attempts` is 0 if nobody was connected.',
    query: pageQuery,
    status: 200,
    answer: {
      schema: sessionsAnswers.unackedPage,
      example: {
        items: [
          {
            topic: 'user:alice',
            offset: 42,
            id: ID,
            type: 'order.shipped',
            at: AT,
            expiresAt: '2026-03-08T12:00:00.000Z',
            attempts: 2,
          },
        ],
        next: null,
      },
    },
  },
  {
    group: 'Sessions',
    method: 'DELETE',
    path: '/v1/sessions/:id',
    scope: 'admin',
    example: '/v1/sessions/k3v9q2',
    meaning: 'Ends a session for good; its socket is closed with 4500.',
    status: 200,
    answer: { schema: sessionsAnswers.sessionEnded, example: { id: 'k3v9q2', state: 'expired' } },
    refusals: '404 `session_not_found`',
  },
  {
    group: 'Dead letters',
    method: 'GET',
    path: '/v1/dead-letters',
    scope: 'read',
    example: '/v1/dead-letters?topic=user:alice',
    meaning:
      'The dead letters of the app, newest first; kept for `DEAD_LETTER_RETENTION_MS`. `total` is the number of all, regardless of the filter.',
    query: deadLettersQuery,
    status: 200,
    answer: {
      schema: letters.deadLettersPage,
      example: {
        items: [
          {
            id: ID,
            notification: ID,
            topic: 'user:alice',
            offset: 42,
            type: 'order.shipped',
            data: { order: 4711 },
            reason: 'max_attempts',
            attempts: 5,
            recipients: [{ session: '8vl1m2c7q0x5', user: 'alice', state: 'exhausted', attempts: 5 }],
            createdAt: AT,
            deadAt: '2026-03-01T12:09:30.000Z',
          },
        ],
        next: null,
        total: 7,
      },
    },
  },
  {
    group: 'Dead letters',
    method: 'POST',
    path: '/v1/dead-letters/replay',
    scope: 'publish',
    example: '/v1/dead-letters/replay',
    meaning:
      'Replays up to 100 dead letters, each on its own, with results in order. Repeating the call creates no more notifications.',
    body: lettersBody,
    status: 207,
    answer: {
      schema: letters.replayedMany,
      example: {
        results: [
          { id: ID, status: 202, notification: 'smmh2x4k8c0w5r1t6vy0a' },
          { id: GONE, status: 404, problem: noLetter },
        ],
      },
    },
  },
  {
    group: 'Dead letters',
    method: 'POST',
    path: '/v1/dead-letters/drop',
    scope: 'admin',
    example: '/v1/dead-letters/drop',
    meaning: 'Drops up to 100 dead letters, each on its own, with results in order.',
    body: lettersBody,
    status: 207,
    answer: {
      schema: letters.droppedMany,
      example: {
        results: [
          { id: ID, status: 200 },
          { id: GONE, status: 404, problem: noLetter },
        ],
      },
    },
  },
  {
    group: 'Dead letters',
    method: 'POST',
    path: '/v1/dead-letters/:id/replay',
    scope: 'publish',
    example: `/v1/dead-letters/${ID}/replay`,
    meaning:
      'Replays a dead letter as a new notification with a new id. Repeating the call creates no more notifications.',
    status: 202,
    answer: {
      schema: letters.replayed,
      example: { ...accepted, id: 'smmh2x4k8c0w5r1t6vy0a', targets: [{ ...stored, offset: 57 }], replayOf: ID },
    },
    refusals: '404 `dead_letter_not_found`, 409 `topic_full`',
  },
  {
    group: 'Dead letters',
    method: 'DELETE',
    path: '/v1/dead-letters/:id',
    scope: 'admin',
    example: `/v1/dead-letters/${ID}`,
    meaning: 'Drops a dead letter.',
    status: 200,
    answer: { schema: letters.dropped, example: { id: ID, state: 'dropped' } },
    refusals: '404 `dead_letter_not_found`',
  },
  ...REVOCATION_CALLS,
  {
    group: 'Books',
    method: 'GET',
    path: '/v1/books',
    scope: 'read',
    example: '/v1/books',
    meaning:
      'The books of the app, which count every delivery: `accepted` = `acked` + `expired` + `cancelled` + `dead` + `unguarded` + `pending`. ' +
      '`counted` is `pending` counted one by one; the `difference` between the two is 0 unless a delivery was lost.',
    status: 200,
    answer: {
      schema: booksAnswers.books,
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
