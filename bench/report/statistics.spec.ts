import { describe, expect, it } from '@jest/globals';
import { barTable } from './bars.js';
import { median, medianOf, medianRatio, type Run } from './statistics.js';

const WORKLOAD = 'w2-4';
const OURS = { workload: WORKLOAD, system: 'postrider' } as const;
const THEIRS = { workload: WORKLOAD, system: 'rawws' } as const;

function runs(system: Run['system'], ...perSecond: number[]): Run[] {
  return perSecond.map((value, pair) => ({ pair, workload: WORKLOAD, system, figures: { perSecond: value } }));
}

describe('a median', () => {
  it.each([
    [[], undefined],
    [[3], 3],
    [[9, 1, 5], 5],
    [[10, 2, 4, 8], 6],
  ])('of %j is %p', (values, wanted) => {
    expect(median(values)).toBe(wanted);
  });

  it('of a figure covers the pairs of one system and workload', () => {
    expect(medianOf([...runs('postrider', 3, 1, 2), ...runs('rawws', 100)], OURS, 'perSecond')).toBe(2);
  });
});

describe('a ratio', () => {
  it('is the median of the ratios of each pair, not the ratio of the medians', () => {
    const all = [...runs('postrider', 10, 100, 30), ...runs('rawws', 10, 400, 10)];
    expect(medianRatio(all, OURS, THEIRS, 'perSecond')).toBe(1);
  });

  it('leaves out incomplete pairs and those with a divisor of zero', () => {
    const all = [...runs('postrider', 6, 8, 9), ...runs('rawws', 2, 0)];
    expect(medianRatio(all, OURS, THEIRS, 'perSecond')).toBe(3);
    expect(medianRatio(all, OURS, { ...THEIRS, workload: 'w2-1' }, 'perSecond')).toBeUndefined();
  });
});

describe('a bar', () => {
  const verdicts = (ours: number): string[][] =>
    barTable([...runs('postrider', ours), ...runs('rawws', 100)]).rows.map((row) => row.slice(3, 8));

  it.each([
    [120, '1.20×', 'not met', 'not met'],
    [130, '1.30×', 'met', 'not met'],
    [180, '1.80×', 'met', 'met'],
  ])('of %d against 100 is shown as %s: %s, %s', (ours, is, must, stretch) => {
    expect(verdicts(ours)).toEqual([[is, '≥ 1.30×', must, '≥ 1.80×', stretch]]);
  });
});
