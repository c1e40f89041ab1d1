import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { PARTITIONS } from '../contract/partition.js';
import {
  DELIVERY_KINDS,
  deliveryKindOf,
  encodeEntry,
  expiryOf,
  gapReason,
  idOf,
  innerOf,
  markOf,
  placeholderOf,
  traceOf,
} from './entry-codec.js';
import { type Hint, decodeHints, encodeHint } from './hint-codec.js';
import {
  TIME_LENGTH,
  homeOf,
  isNotificationId,
  kindOf,
  newId,
  timeAt,
  timeDigits,
  timeOf,
} from '../contract/notification-id.js';

/** An entry as the readers of its parts see it. */
function readBack(text: string): object {
  const { 1: body, 2: at = '' } = /^"id":"[^"]*",(.*),"at":"([^"]+)","expiresAt":"[^"]+"$/s.exec(innerOf(text)) ?? [];
  const kind = DELIVERY_KINDS[deliveryKindOf(text)];
  return { id: idOf(text), ...kind, expiresAtMs: expiryOf(text), mark: markOf(text), atMs: Date.parse(at), body };
}

const time = fc.nat({ max: 36 ** 8 - 1 });
const id = fc
  .tuple(fc.constantFrom('s' as const, 'm' as const), fc.nat({ max: PARTITIONS - 1 }), time)
  .map(([kind, partition, at]) => newId(kind, partition, at));
const body = fc.jsonValue().map((data) => `"data":${JSON.stringify(data)}`);
const epoch = fc.stringMatching(/^[0-9a-z]{8}$/);
const entry = fc.record({
  id,
  priority: fc.constantFrom('high' as const, 'normal' as const, 'low' as const),
  policy: fc.constantFrom('any' as const, 'all' as const, 'none' as const),
  expiresAtMs: time,
  mark: epoch,
  atMs: time,
  body,
});
const name = fc.stringMatching(/^[a-z]{1,8}:[A-Za-z0-9._:@|+=~-]{1,40}$/);
const offset = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });

describe('ids', () => {
  it('encode kind, home and time, and sort by time', () => {
    fc.assert(
      fc.property(fc.nat({ max: PARTITIONS - 1 }), time, time, (partition, first, second) => {
        const made = newId('m', partition, first);
        expect(isNotificationId(made)).toBe(true);
        expect({ kind: kindOf(made), home: homeOf(made), at: timeOf(made) }).toEqual({
          kind: 'm',
          home: partition,
          at: first,
        });
        if (first < second) expect(made < newId('m', partition, second)).toBe(true);
      }),
    );
  });

  it('write times with the digits of `toString`', () => {
    const latestMs = 36 ** TIME_LENGTH - 1;
    fc.assert(
      fc.property(fc.nat({ max: latestMs }), (ms) => {
        expect(timeDigits(ms)).toBe(ms.toString(36).padStart(TIME_LENGTH, '0'));
        expect(timeAt(timeDigits(ms), 0)).toBe(ms);
      }),
    );
  });

  it('are unique', () => {
    const made = Array.from({ length: 20_000 }, () => newId('s', 1, 1_700_000_000_000));
    expect(new Set(made).size).toBe(made.length);
  });
});

describe('entries', () => {
  it('are traced only if the last field of the body says so, for any data', () => {
    const traceparent = `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`;
    const marks = `","traceparent":"${traceparent}`;
    const tricky = fc.oneof(
      fc.jsonValue(),
      fc.string().map((text) => text + marks),
      fc.constant({ traceparent }),
    );
    fc.assert(
      fc.property(entry, tricky, (given, data) => {
        const untraced = encodeEntry({ ...given, body: `"data":${JSON.stringify(data)}` }, given.mark);
        expect(traceOf(untraced)).toBeUndefined();
        expect(traceOf(`${untraced},"traceparent":"${traceparent}"`)).toBe(traceparent);
        expect(traceOf(placeholderOf(untraced, 'expired'))).toBeUndefined();
      }),
    );
  });

  it('survive a round trip', () => {
    fc.assert(
      fc.property(entry, (given) => {
        const text = encodeEntry(given, given.mark);
        expect(readBack(text)).toEqual(given);
        expect(expiryOf(text)).toBe(given.expiresAtMs);
        expect(given).toMatchObject(DELIVERY_KINDS[deliveryKindOf(text)] ?? {});
        expect(gapReason(text)).toBeUndefined();
      }),
    );
  });

  it.each([
    ['expired', 'expired'],
    ['cancelled', 'cancelled'],
    ['collapsed', 'cancelled'],
    ['overflow', 'dead'],
    ['refused', 'dead'],
    ['max_attempts', 'dead'],
    ['lost', 'trimmed'],
  ])('of ended deliveries carry reason and kind: %s', (why, reason) => {
    const id = `s${'0'.repeat(20)}`;
    const ended = placeholderOf(encodeEntry({ id, policy: 'any', expiresAtMs: 1, atMs: 1, body: '' }, 'abcdefgh'), why);
    expect(gapReason(ended)).toBe(reason);
    expect([idOf(ended), markOf(ended)]).toEqual([id, 'abcdefgh']);
  });
});

describe('hints', () => {
  const reason = fc.constantFrom('expired' as const, 'cancelled' as const, 'dead' as const);
  const hint: fc.Arbitrary<Hint> = fc.oneof(
    fc.record({
      kind: fc.constant('appended' as const),
      name,
      epoch,
      offset,
      entries: fc.array(
        entry.map((given) => encodeEntry(given, given.mark)),
        { maxLength: 4 },
      ),
    }),
    fc.record({
      kind: fc.constant('again' as const),
      name,
      epoch,
      offsets: fc.array(fc.record({ offset, most: offset }), { minLength: 1 }),
    }),
    fc.record({
      kind: fc.constant('ended' as const),
      name,
      epoch,
      offsets: fc.array(fc.record({ offset, reason }), { minLength: 1 }),
    }),
    fc.constant({ kind: 'revoked' as const }),
    fc.record({
      kind: fc.constant('session' as const),
      session: fc.stringMatching(/^[0-9a-z]{26}$/),
      generation: offset,
      why: fc.constantFrom('taken' as const, 'ended' as const),
    }),
  );

  it('survive a round trip, several in one message', () => {
    fc.assert(
      fc.property(fc.array(hint, { minLength: 1, maxLength: 5 }), (sent) => {
        expect(decodeHints(sent.map(encodeHint).join('\n'))).toEqual(sent);
      }),
    );
  });

  it('of newer nodes are skipped', () => {
    expect(decodeHints('? something new\nk session 2 ended')).toEqual([
      { kind: 'session', session: 'session', generation: 2, why: 'ended' },
    ]);
  });

  it('never throw, for any text', () => {
    fc.assert(fc.property(fc.string(), (text) => expect(Array.isArray(decodeHints(text))).toBe(true)));
  });
});
