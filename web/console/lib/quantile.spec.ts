import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { quantile } from './quantile.js';

const LE = [0.1, 0.2, 0.4, null];

describe('a quantile', () => {
  it('is nothing where nothing was counted', () => {
    expect(quantile(LE, [0, 0, 0, 0], 0.5)).toBeUndefined();
    expect(quantile([], [], 0.5)).toBeUndefined();
  });

  it('lies within its bucket by its share of it', () => {
    expect(quantile(LE, [0, 10, 0, 0], 0.5)?.value).toBeCloseTo(0.15);
    expect(quantile(LE, [10, 10, 0, 0], 0.5)).toEqual({ value: 0.1, above: false });
  });

  it('is told as more than the last bound where it lies beyond it', () => {
    expect(quantile(LE, [1, 0, 0, 9], 0.99)).toEqual({ value: 0.4, above: true });
  });

  it('grows with its share and stays within the bounds', () => {
    const counts = fc.array(fc.nat(1_000), { minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(
        counts,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (counts, a, b) => {
          const [low, high] = [quantile(LE, counts, Math.min(a, b)), quantile(LE, counts, Math.max(a, b))];
          if (!low || !high) return counts.every((count) => count === 0);
          return low.value <= high.value && low.value >= 0 && high.value <= 0.4;
        },
      ),
    );
  });
});
