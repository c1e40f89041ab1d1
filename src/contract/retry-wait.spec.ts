import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { PostriderError } from './postrider-error.js';
import { retryWaitMs } from './retry-wait.js';

describe('retryWaitMs', () => {
  it('is at least 1 s and at most the length of the outage, bounded by 5 and 30 s', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e9, noNaN: true }), (unableMs) => {
        const waitMs = retryWaitMs(unableMs);
        expect(Number.isInteger(waitMs)).toBe(true);
        expect(waitMs).toBeGreaterThanOrEqual(1_000);
        expect(waitMs).toBeLessThanOrEqual(Math.min(30_000, Math.max(5_000, Math.ceil(unableMs))));
      }),
    );
  });

  it('exceeds the end of the outage by at most 1 s if that is more than 4 s away', () => {
    const waits = (endsInMs: number): number[] => Array.from({ length: 200 }, () => retryWaitMs(60_000, endsInMs));
    expect(Math.max(...waits(12_000))).toBeLessThanOrEqual(13_000);
    expect(Math.max(...waits(12_000))).toBeGreaterThan(5_000);
    expect(Math.max(...waits(0))).toBeLessThanOrEqual(5_000);
  });

  it('is spread over the whole range', () => {
    const waits = Array.from({ length: 1_000 }, () => retryWaitMs(60_000));
    for (let fromMs = 1_000; fromMs < 29_000; fromMs += 7_000) {
      expect(waits.some((waitMs) => waitMs >= fromMs && waitMs < fromMs + 7_000)).toBe(true);
    }
  });
});

describe('a transient error', () => {
  it.each([
    'redis_unavailable',
    'unconfirmed',
    'keys_unavailable',
    'overloaded',
    'draining',
    'too_many_connections',
  ] as const)('says when to retry: %s', (code) => {
    const waits = Array.from({ length: 50 }, () => Number(new PostriderError(code).retryAfterMs));
    expect(waits.every((waitMs) => waitMs >= 1_000 && waitMs <= 5_000)).toBe(true);
    expect(new Set(waits).size).toBeGreaterThan(10);
    expect(new PostriderError(code, 'x', { retryAfterMs: 7 }).retryAfterMs).toBe(7);
  });

  it.each(['invalid_request', 'unauthorized', 'topic_full', 'internal', 'too_many_subscriptions'] as const)(
    'does not include %s, which never says when to retry',
    (code) => expect(new PostriderError(code).retryAfterMs).toBeUndefined(),
  );
});
