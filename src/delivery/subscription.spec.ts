import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { WindowScript } from '../../test/support/window-script.js';

const nth = fc.nat({ max: 30 });
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('append' as const),
      count: fc.integer({ min: 1, max: 5 }),
      hint: fc.constantFrom('entries' as const, 'head' as const, 'lost' as const),
      expired: fc.boolean(),
    }),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constantFrom('ackUpTo' as const, 'ackOnly' as const), nth }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('resend' as const, 'refuse' as const), nth }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('ackFar' as const), nth }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('end' as const), nth, hinted: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('trim' as const), count: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('pause' as const, 'drain' as const) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('settle' as const, 'poll' as const, 'answer' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('reposition' as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('doubt' as const) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const start = fc
  .record({
    length: fc.nat({ max: 12 }),
    cursor: fc.nat({ max: 12 }),
    maybe: fc.nat({ max: 12 }),
    window: fc.integer({ min: 1, max: 4 }),
  })
  .chain(({ length, cursor, maybe, window }) => {
    const from = Math.min(cursor, length);
    return fc.record({
      length: fc.constant(length),
      cursor: fc.constant(from),
      maybeSent: fc.constant(Math.min(length, from + maybe)),
      ahead: fc.subarray(Array.from({ length: Math.max(0, length - from - 1) }, (_, index) => from + 2 + index)),
      window: fc.constant(window),
      keepsTail: fc.boolean(),
    });
  });

describe('a subscription', () => {
  it('keeps window and order, reports every hole, and never moves the cursor over one that the client may not have read', async () => {
    const property = fc.asyncProperty(start, fc.array(step, { maxLength: 40 }), async ({ length, ...place }, steps) => {
      const script = new WindowScript(length, place);
      for (const one of steps) {
        await take(script, one);
        expect({ after: one, passedUntold: script.passedUntold }).toEqual({ after: one, passedUntold: [] });
      }
      await finish(script);
      const missing = Array.from({ length: script.head - place.cursor }, (_, index) => place.cursor + 1 + index);
      expect({ faults: script.faults, missing: missing.filter((offset) => !script.told.has(offset)) }).toEqual({
        faults: [],
        missing: [],
      });
      expect(script.subscription.inFlight).toBe(0);
      expect(script.subscription.settled).toBe(script.head);
    });
    await fc.assert(property, { numRuns: 4_000 });
  });
});

it('sends postponed redeliveries once the socket has room', async () => {
  const place = { window: 4, cursor: 0, maybeSent: 0, ahead: [], keepsTail: true };
  const script = new WindowScript(2, place);
  await script.settle();
  script.open = false;
  script.subscription.resend(1);
  await script.settle();
  expect(script.subscription.flightOf(1)?.attempt).toBe(1);
  script.drain();
  await script.settle();
  expect(script.subscription.flightOf(1)?.attempt).toBe(2);
  expect(script.faults).toEqual([]);
});

async function take(script: WindowScript, one: Step): Promise<unknown> {
  const came = [...script.outstanding].sort((a, b) => a - b);
  const chosen = 'nth' in one ? came[one.nth % Math.max(1, came.length)] : undefined;
  switch (one.do) {
    case 'append':
      return script.append(one.count, one.hint, one.expired);
    case 'ackUpTo':
    case 'ackOnly':
    case 'refuse':
      return chosen === undefined ? undefined : script[one.do](chosen);
    case 'resend':
      return chosen === undefined ? undefined : script.subscription.resend(chosen);
    case 'ackFar':
      return script.ackFar(one.nth);
    case 'end':
      return script.end(one.nth, one.hinted);
    case 'trim':
      return script.trim(one.count);
    case 'pause':
      script.open = false;
      return;
    default:
      return script[one.do]();
  }
}

/** Releases everything that is held back, and acknowledges everything that arrives. */
async function finish(script: WindowScript): Promise<void> {
  script.drain();
  script.poll();
  await script.settle();
  while (script.outstanding.size > 0) {
    for (const offset of script.outstanding) script.ackOnly(offset);
    await script.settle();
  }
  while (script.answer());
}
