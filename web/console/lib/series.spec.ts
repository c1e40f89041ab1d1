import { describe, expect, it } from '@jest/globals';
import { aSample, times } from './samples-fixture.js';
import { gaugeSeries, gridBefore, quantileSeries, rateSeries, valueSeries } from './series.js';
import { countsBetween, currentRate, spansOf } from './spans.js';

const T = 1_000_000;
const accepted = (...values: number[]) =>
  values.map((value, index) => aSample({ at: T + index * 5_000, totals: { accepted: value } }));

describe('spans of a process', () => {
  it('are the growth between neighbors', () => {
    const spans = spansOf(accepted(100, 110, 110, 135));
    expect(spans.map(({ from, to, totals }) => [from - T, to - T, totals.accepted])).toEqual([
      [0, 5_000, 10],
      [5_000, 10_000, 0],
      [10_000, 15_000, 25],
    ]);
  });

  it('begin at zero after a restart', () => {
    const restarted = aSample({ at: T + 10_000, startedAt: T + 7_000, totals: { accepted: 4 } });
    const spans = spansOf([...accepted(100, 110), restarted]);
    expect(spans[1]).toMatchObject({ from: T + 7_000, to: T + 10_000, totals: { accepted: 4 } });
  });

  it('go on where a process tells its start a little differently each time', () => {
    const told = accepted(100, 110, 120).map((sample, index) => ({ ...sample, startedAt: 500 - (index % 2) * 3 }));
    expect(spansOf(told).map(({ totals }) => totals.accepted)).toEqual([10, 10]);
  });

  it('begin at zero where a counter fell, whatever the process says of its start', () => {
    expect(spansOf(accepted(100, 3))[0]?.totals.accepted).toBe(3);
  });

  it('know what a young process counted before its first sample, and nothing of an old one', () => {
    const young = aSample({ at: T, startedAt: T - 4_000, totals: { accepted: 8 } });
    const old = aSample({ at: T, startedAt: T - 900_000, totals: { accepted: 8_000 } });
    expect(spansOf([young])).toMatchObject([{ from: T - 4_000, totals: { accepted: 8 } }]);
    expect(spansOf([old])).toEqual([]);
  });

  it('give the rate of the present over the newest samples', () => {
    expect(currentRate(spansOf(accepted(0, 0, 0, 0, 50, 100, 150)), 15_000, 'accepted')).toBe(10);
    expect(currentRate([], 15_000, 'accepted')).toBe(0);
  });

  it('count the buckets of a stretch of time, in part where a span lies across its edge', () => {
    const samples = [aSample({ at: T, counts: [0, 0] }), aSample({ at: T + 10_000, counts: [10, 2] })];
    expect(countsBetween(spansOf(samples), 2, T + 5_000, T + 60_000)).toEqual([5, 1]);
    expect(countsBetween(spansOf(samples), 3, T, T + 60_000)).toEqual([0, 0, 0]);
  });
});

describe('series', () => {
  const grid = gridBefore(T + 20_000, 20_000, 10_000);

  it('stand on cells that do not move with the time of day', () => {
    expect(gridBefore(T + 20_000, 30_000, 10_000).times).toEqual(gridBefore(T + 29_999, 30_000, 10_000).times);
    expect(grid.times).toEqual([T + 10_000, T + 20_000]);
  });

  it('are events a second, summed over nodes, and nothing where nobody told anything', () => {
    const one = spansOf(accepted(0, 10, 20));
    const other = spansOf(accepted(0, 0, 40));
    expect(rateSeries([...one, ...other], grid, 'accepted')).toEqual([6, null]);
  });

  it('spread a span over the cells that it covers', () => {
    const samples = [
      aSample({ at: T, totals: { accepted: 0 } }),
      aSample({ at: T + 20_000, totals: { accepted: 20 } }),
    ];
    expect(rateSeries(spansOf(samples), grid, 'accepted')).toEqual([1, 1]);
  });

  it('sum a gauge over the nodes that still speak', () => {
    const speaking = times(T, 5_000, 5).map((at) => aSample({ at, connections: 3 }));
    const silent = times(T - 60_000, 5_000, 3).map((at) => aSample({ at, connections: 100 }));
    expect(gaugeSeries([speaking, silent], grid, ({ connections }) => connections)).toEqual([3, 3]);
    expect(gaugeSeries([silent], grid, ({ connections }) => connections)).toEqual([null, null]);
  });

  it('take the newest value of each cell', () => {
    const values = [4, 5, 6, 7].map((value, index) => ({ at: T + 2_500 + index * 5_000, value }));
    expect(valueSeries(values, grid, 10_000, ({ value }) => value)).toEqual([5, 7]);
    expect(valueSeries([], grid, 10_000, () => 1)).toEqual([null, null]);
  });

  it('have the quantile of the minute before each cell', () => {
    const samples = [
      aSample({ at: T, counts: [0, 0, 0] }),
      aSample({ at: T + 10_000, counts: [100, 0, 0] }),
      aSample({ at: T + 20_000, counts: [100, 100, 0] }),
    ];
    const spans = spansOf(samples);
    const le = [0.1, 1, null];
    expect(quantileSeries(spans, le, grid, 0.5, 10_000)).toEqual([0.05, 0.55]);
    expect(quantileSeries(spans, le, grid, 0.5, 60_000)).toEqual([0.05, 0.1]);
    expect(quantileSeries([], le, grid, 0.5, 60_000)).toEqual([null, null]);
  });
});
