import { describe, expect, it } from '@jest/globals';
import { growthOf } from './growth.js';

const MIB = 1_048_576;
const samples = (heap: (n: number) => number, handles: (n: number) => number = () => 20) =>
  Array.from({ length: 30 }, (_, n) => ({ heapBytes: heap(n) * MIB, rssBytes: 200 * MIB, handles: handles(n) }));

describe('growth of a process', () => {
  it('is not reported if it only warms up or wavers', () => {
    expect(growthOf(samples((n) => Math.min(60, 30 + 5 * n)))).toEqual([]);
    expect(growthOf(samples((n) => 60 + (n % 3)))).toEqual([]);
  });

  it('is reported by name', () => {
    expect(growthOf(samples((n) => 40 + 3 * n))).toEqual([expect.stringMatching(/^heapBytes grew/)]);
    expect(
      growthOf(
        samples(
          () => 40,
          (n) => 20 + n,
        ),
      ),
    ).toEqual([expect.stringMatching(/^handles grew/)]);
  });
});
