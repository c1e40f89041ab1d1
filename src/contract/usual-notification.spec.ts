import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { JsonText } from './json/json-text.js';
import { notificationBody } from './notification.schema.js';
import { ACK_POLICIES, PRIORITIES } from './terms.js';
import { usualNotification } from './usual-notification.js';

const MAX_DEPTH = 256;

const text = fc.oneof(
  fc.constantFrom(
    '',
    'alice',
    'user:alice',
    'all',
    'orders.eu',
    'a b',
    'a\nb',
    '.x',
    'é',
    '\ud800',
    'x'.repeat(128),
    'x'.repeat(129),
  ),
  fc.string({ maxLength: 130 }),
);
const anything = fc.oneof(text, fc.constantFrom(undefined, null, true, 0, 1.5, [], {}, { a: [1] }));
const nested = (depth: number): unknown => JSON.parse('['.repeat(depth) + ']'.repeat(depth));
const texts = [1, 'text', nested(1), nested(MAX_DEPTH), nested(MAX_DEPTH + 1)].map((value) => JsonText.of(value));
const data = fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...texts) }, { weight: 1, arbitrary: anything });
/** Mostly the field as it should be; otherwise absent or anything else. */
const field = (good: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 9, arbitrary: good }, { weight: 1, arbitrary: anything });
const target = fc.record(
  { user: text, topic: text, users: fc.array(text), all: fc.boolean(), usr: text },
  { requiredKeys: [], noNullPrototype: true },
);
const oneTarget = fc.oneof(
  fc.constant({ user: 'alice' }),
  text.map((user) => ({ user })),
  text.map((topic) => ({ topic })),
  target,
);
const notification = fc.record(
  {
    to: field(oneTarget),
    type: field(fc.oneof(fc.constantFrom('order.shipped', 'a\nb', '\x7f', 'x'.repeat(128), 'x'.repeat(129)), text)),
    data,
    ack: field(fc.constantFrom(...ACK_POLICIES)),
    priority: field(fc.constantFrom(...PRIORITIES)),
    ttlMs: fc.nat(),
    unknown: fc.nat(),
  },
  { requiredKeys: ['to', 'type', 'data'], noNullPrototype: true },
);

describe('usualNotification', () => {
  it('reads nothing that the schema refuses, and nothing in another way', () => {
    fc.assert(
      fc.property(notification, (given) => {
        const usual = usualNotification(given, MAX_DEPTH);
        if (usual !== undefined) expect(notificationBody.safeParse(given)).toEqual({ success: true, data: usual });
      }),
      { numRuns: 2_000 },
    );
  });

  it('reads a notification to one user or topic', () => {
    const usual = { type: 'order.shipped', data: JsonText.of({ order: 1 }), ack: 'any', priority: 'high' };
    for (const to of [{ user: 'alice' }, { topic: 'orders.eu' }]) {
      expect(usualNotification({ to, ...usual }, MAX_DEPTH)).toEqual({ to, ...usual });
    }
  });

  it('leaves fields that are not own ones to the schema', () => {
    const inherited = Object.assign(Object.create({ type: 'order.shipped' }), {
      to: { user: 'alice' },
      data: JsonText.of(1),
      unknown: 1,
    });
    expect(usualNotification(inherited, MAX_DEPTH)).toBeUndefined();
  });
});
