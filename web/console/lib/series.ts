import { quantile } from './quantile.js';
import { type NodeSample, type Totals, silenceMs } from './samples.js';
import { type Span, shareOf } from './spans.js';

/** Equal cells of time: `times` are their ends, in milliseconds. */
export interface Grid {
  stepMs: number;
  times: number[];
}

export type Series = (number | null)[];

/**
 * Returns the last `spanMs` before `endMs` in whole cells, so that cells do not move as time
 * passes.
 */
export function gridBefore(endMs: number, spanMs: number, stepMs: number): Grid {
  const last = Math.floor(endMs / stepMs) * stepMs;
  const count = Math.floor(spanMs / stepMs);
  return { stepMs, times: Array.from({ length: count }, (_, index) => last - (count - 1 - index) * stepMs) };
}

/** Events per second in each cell, over all nodes; null without samples. */
export function rateSeries(spans: readonly Span[], grid: Grid, of: keyof Totals): Series {
  const sums: Series = grid.times.map(() => null);
  eachCell(spans, grid, (index, span, share) => {
    sums[index] = (sums[index] ?? 0) + (span.totals[of] * share * 1_000) / grid.stepMs;
  });
  return sums;
}

/**
 * Quantile of each cell together with earlier cells within `windowMs`; null without observations.
 */
export function quantileSeries(
  spans: readonly Span[],
  le: readonly (number | null)[],
  grid: Grid,
  share: number,
  windowMs: number,
): Series {
  const cells = grid.times.map(() => le.map(() => 0));
  eachCell(spans, grid, (index, span, part) => {
    const cell = cells[index];
    if (!cell || span.counts.length !== le.length) return;
    span.counts.forEach((count, bucket) => (cell[bucket] = (cell[bucket] ?? 0) + count * part));
  });
  const width = Math.max(1, Math.round(windowMs / grid.stepMs));
  return cells.map((_, index) => {
    const window = cells.slice(Math.max(0, index - width + 1), index + 1);
    const counts = le.map((_, bucket) => window.reduce((sum, cell) => sum + (cell[bucket] ?? 0), 0));
    return quantile(le, counts, share)?.value ?? null;
  });
}

/** Sum over all nodes at the end of each cell; a node that is silent for too long has none. */
export function gaugeSeries(
  nodes: Iterable<readonly NodeSample[]>,
  grid: Grid,
  of: (sample: NodeSample) => number,
): Series {
  const sums: Series = grid.times.map(() => null);
  for (const samples of nodes) {
    const validMs = silenceMs(samples);
    let at = 0;
    grid.times.forEach((time, index) => {
      while ((samples[at + 1]?.at ?? Infinity) <= time) at++;
      const sample = samples[at];
      if (sample && sample.at <= time && time - sample.at <= validMs) sums[index] = (sums[index] ?? 0) + of(sample);
    });
  }
  return sums;
}

/** Newest figure of each cell; null without one within `validMs` before its end. */
export function valueSeries<T extends { at: number }>(
  samples: readonly T[],
  grid: Grid,
  validMs: number,
  of: (sample: T) => number | null,
): Series {
  let at = 0;
  return grid.times.map((time) => {
    while ((samples[at + 1]?.at ?? Infinity) <= time) at++;
    const sample = samples[at];
    return sample && sample.at <= time && time - sample.at <= validMs ? of(sample) : null;
  });
}

function eachCell(spans: readonly Span[], grid: Grid, visit: (index: number, span: Span, share: number) => void): void {
  const { stepMs, times } = grid;
  const start = (times[0] ?? 0) - stepMs;
  for (const span of spans) {
    const first = Math.max(0, Math.floor((span.from - start) / stepMs));
    const last = Math.min(times.length - 1, Math.floor((span.to - start - 1) / stepMs));
    for (let index = first; index <= last; index++) {
      const from = start + index * stepMs;
      const share = shareOf(span, from, from + stepMs);
      if (share > 0) visit(index, span, share);
    }
  }
}
