import { describe, expect, it } from '@jest/globals';
import { PostriderError } from './postrider-error.js';
import { parse } from './parse.js';
import { notificationBody, requireDate } from './notification.schema.js';

const minimal = { to: { user: 'alice' }, type: 'order.shipped', data: { order: 1 } };
const TARGETS = 'must have exactly one of user, users, topic, topics, session, all';

function faultsOf(body: unknown): unknown {
  try {
    parse(notificationBody, body);
    return [];
  } catch (error) {
    if (!(error instanceof PostriderError)) throw error;
    return error.errors?.map(({ field, message }) => `${field} ${message}`);
  }
}

const nested = (depth: number): unknown => JSON.parse('['.repeat(depth) + ']'.repeat(depth));

describe('notificationBody', () => {
  it.each([
    [{ user: 'a' }],
    [{ users: ['a'] }],
    [{ users: Array.from({ length: 1_000 }, (_, n) => `u${n}`) }],
    [{ topic: 'orders.eu' }],
    [{ topics: Array.from({ length: 100 }, (_, n) => `t${n}`) }],
    [{ session: 'k3' }],
    [{ all: true }],
  ])('accepts the target %#', (to) => {
    expect(parse(notificationBody, { ...minimal, to })).toEqual({ ...minimal, to });
  });

  it.each([
    [{}, `to ${TARGETS}`],
    [{ user: 'a', all: true }, `to ${TARGETS}`],
    [{ user: 'a b' }, 'to.user must be 1 to 128 characters of A-Z a-z 0-9 . _ : @ | + = ~ -'],
    [{ users: [] }, 'to.users is shorter than 1'],
    [{ users: Array.from({ length: 1_001 }, () => 'a') }, 'to.users is longer than 1000'],
    [{ users: ['a', 'b', 'c', ''] }, 'to.users[3] must be 1 to 128 characters of A-Z a-z 0-9 . _ : @ | + = ~ -'],
    [{ topic: '.x' }, 'to.topic is not a valid topic name'],
    [{ topics: Array.from({ length: 101 }, () => 'a') }, 'to.topics is longer than 100'],
    [{ topics: ['a', 'user:'] }, 'to.topics[1] is not a valid topic name'],
    [{ session: '' }, 'to.session must be a valid id'],
    [{ all: false }, 'to.all must be true'],
    [{ user: 'a', usr: 'b' }, 'to.usr is not a known field'],
    ['alice', 'to must be an object'],
    [null, 'to must be an object'],
  ])('refuses a target: $1', (to, fault) => {
    expect(faultsOf({ ...minimal, to })).toEqual([fault]);
  });

  it.each(['to', 'type', 'data'])('requires %s', (field) => {
    expect(faultsOf({ ...minimal, [field]: undefined })).toEqual([`${field} is required`]);
  });

  it.each([null, 0, false, '', 'text', [], {}, [1, { a: [null] }], nested(256)])('accepts any JSON as data', (data) => {
    expect(parse(notificationBody, { ...minimal, data }).data).toBe(data);
  });

  it.each([257, 20_000])('refuses data nested %i levels deep', (depth) => {
    expect(faultsOf({ ...minimal, data: nested(depth) })).toEqual(['data is nested more than 256 levels deep']);
  });

  it.each([
    { type: 'x'.repeat(128) },
    { type: 'Größe 🚚' },
    { ack: 'any' },
    { ack: 'all' },
    { ack: 'none' },
    { ackWaitMs: 100 },
    { ackWaitMs: 86_400_000 },
    { maxAttempts: 1 },
    { maxAttempts: 100 },
    { ttlMs: 1 },
    { ttlMs: 30 * 86_400_000 },
    { deliverAt: '2030-01-01T00:00:00Z' },
    { deliverAt: '2030-01-01T00:00:00.123+05:30' },
    { delayMs: 0 },
    { priority: 'high' },
    { collapseKey: 'x'.repeat(128) },
    { escalate: [{ afterMs: 60_000, via: 'webhook' }] },
    { metadata: {} },
    { metadata: Object.fromEntries(Array.from({ length: 32 }, (_, n) => [`${n}`.padEnd(64, 'k'), 'v'.repeat(512)])) },
  ])('accepts %j', (more) => {
    expect(parse(notificationBody, { ...minimal, ...more })).toEqual({ ...minimal, ...more });
  });

  it.each([
    [{ type: '' }, 'type is shorter than 1'],
    [{ type: 'x'.repeat(129) }, 'type is longer than 128'],
    [{ type: 'a\nb' }, 'type must not have control characters'],
    [{ type: 7 }, 'type must be a string'],
    [{ ack: 'some' }, 'ack must be any or all or none'],
    [{ ackWaitMs: 99 }, 'ackWaitMs must be at least 100'],
    [{ ackWaitMs: 86_400_001 }, 'ackWaitMs must be at most 86400000'],
    [{ ackWaitMs: '100' }, 'ackWaitMs must be a number'],
    [{ maxAttempts: 0 }, 'maxAttempts must be at least 1'],
    [{ maxAttempts: 101 }, 'maxAttempts must be at most 100'],
    [{ maxAttempts: 1.5 }, 'maxAttempts must be a whole number'],
    [{ ttlMs: 0 }, 'ttlMs must be at least 1'],
    [{ ttlMs: -5 }, 'ttlMs must be at least 1'],
    [{ ttlMs: 30 * 86_400_000 + 1 }, 'ttlMs must be at most 2592000000'],
    [{ deliverAt: 'tomorrow' }, 'deliverAt must be an RFC 3339 time such as 2030-01-31T12:00:00Z'],
    [{ deliverAt: '2030-02-31T00:00:00Z' }, 'deliverAt must be an RFC 3339 time such as 2030-01-31T12:00:00Z'],
    [{ deliverAt: '2030-01-01T23:58:60Z' }, 'deliverAt must be an RFC 3339 time such as 2030-01-31T12:00:00Z'],
    [{ deliverAt: '2030-01-01T00:00:00' }, 'deliverAt must be an RFC 3339 time such as 2030-01-31T12:00:00Z'],
    [{ delayMs: -1 }, 'delayMs must be at least 0'],
    [{ deliverAt: '2030-01-01T00:00:00Z', delayMs: 5 }, 'delayMs must not be given together with deliverAt'],
    [{ priority: 'urgent' }, 'priority must be high or normal or low'],
    [{ collapseKey: '' }, 'collapseKey is shorter than 1'],
    [{ collapseKey: 'x'.repeat(129) }, 'collapseKey is longer than 128'],
    [{ escalate: Array.from({ length: 11 }, () => ({ afterMs: 1, via: 'x' })) }, 'escalate is longer than 10'],
    [{ escalate: [{ afterMs: 1, via: 'x', to: 'y' }] }, 'escalate[0].to is not a known field'],
    [{ escalate: [{ afterMs: 1 }] }, 'escalate[0].via is required'],
    [{ metadata: { a: 1 } }, 'metadata.a must be a string'],
    [{ metadata: { a: 'x'.repeat(513) } }, 'metadata.a is longer than 512'],
    [{ metadata: { ['k'.repeat(65)]: 'x' } }, 'metadata has an invalid key'],
    [
      { metadata: Object.fromEntries(Array.from({ length: 33 }, (_, n) => [n, 'x'])) },
      'metadata has more than 32 entries',
    ],
    [{ metadata: 'x' }, 'metadata must be an object'],
    [{ ttl: 5 }, 'ttl is not a known field'],
  ])('refuses %j', (more, fault) => {
    expect(faultsOf({ ...minimal, ...more })).toEqual([fault]);
  });
});

describe('requireDate', () => {
  const nowMs = Date.parse('2026-03-01T12:00:00Z');

  it.each([undefined, '2026-03-01T11:59:59Z', '2026-03-01T13:00:00+01:00', '2027-03-01T12:00:00Z'])(
    'accepts %s',
    (deliverAt) => expect(() => requireDate({ deliverAt }, nowMs)).not.toThrow(),
  );

  it.each(['2026-03-01T11:59:58Z', '2026-03-01T12:59:00+01:00', '2027-03-03T12:00:00Z'])('refuses %s', (deliverAt) =>
    expect(() => requireDate({ deliverAt }, nowMs)).toThrow(
      expect.objectContaining({ code: 'invalid_request', field: 'deliverAt' }),
    ),
  );
});
