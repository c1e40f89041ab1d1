import { type NodeSample, START_JITTER_MS, type Totals } from './samples.js';

/** Increase between two samples of a process. */
export interface Span {
  from: number;
  to: number;
  totals: Totals;
  counts: number[];
}

/** Age below which a process's first sample counts as an increase from zero. */
const YOUNG_MS = 60_000;

/** True if both are from the same run of a process. */
export function isSameLife(before: NodeSample, after: NodeSample): boolean {
  return Math.abs(after.startedAt - before.startedAt) < START_JITTER_MS && !isLess(after.totals, before.totals);
}

/**
 * Returns the increases between neighboring samples. A restarted process started at zero, so its
 * increase is its whole count.
 */
export function spansOf(samples: readonly NodeSample[]): Span[] {
  const spans: Span[] = [];
  samples.forEach((sample, index) => {
    const before = samples[index - 1];
    if (!before) {
      if (sample.at - sample.startedAt <= YOUNG_MS) spans.push(fromZero(sample, sample.startedAt));
    } else if (isSameLife(before, sample)) {
      spans.push(growth(before, sample));
    } else {
      spans.push(fromZero(sample, Math.max(before.at, sample.startedAt)));
    }
  });
  return spans;
}

/** Returns the share of a span between `from` and `to`, 0 to 1. */
export function shareOf(span: Span, from: number, to: number): number {
  const overlap = Math.min(span.to, to) - Math.max(span.from, from);
  return overlap <= 0 ? 0 : overlap / (span.to - span.from);
}

/** Events per second over the newest `windowMs` of a process; 0 without enough samples. */
export function currentRate(spans: readonly Span[], windowMs: number, of: keyof Totals): number {
  const end = spans.at(-1)?.to ?? 0;
  const recent = spans.filter(({ to }) => to > end - windowMs);
  const amount = recent.reduce((sum, span) => sum + span.totals[of], 0);
  const tookMs = end - (recent[0]?.from ?? end);
  return tookMs > 0 ? (amount * 1_000) / tookMs : 0;
}

/**
 * Returns the bucket counts between `from` and `to`, over all spans with the same number of
 * buckets.
 */
export function countsBetween(spans: readonly Span[], size: number, from: number, to: number): number[] {
  const sums = Array.from({ length: size }, () => 0);
  for (const span of spans) {
    const share = span.counts.length === size ? shareOf(span, from, to) : 0;
    if (share > 0) span.counts.forEach((count, index) => (sums[index] = (sums[index] ?? 0) + count * share));
  }
  return sums;
}

function growth(before: NodeSample, after: NodeSample): Span {
  return {
    from: before.at,
    to: after.at,
    totals: mapTotals(after.totals, (name) => after.totals[name] - before.totals[name]),
    counts: after.timeToAck.counts.map((count, index) => Math.max(0, count - (before.timeToAck.counts[index] ?? 0))),
  };
}

function fromZero(sample: NodeSample, from: number): Span {
  const { at, totals, timeToAck } = sample;
  return { from: Math.min(from, at - 1), to: at, totals: { ...totals }, counts: [...timeToAck.counts] };
}

const isLess = (a: Totals, b: Totals): boolean => names(a).some((name) => a[name] < b[name]);

// A newer server may add keys to `Totals`.
const names = (totals: Totals): (keyof Totals)[] => Object.keys(totals) as (keyof Totals)[];

function mapTotals(totals: Totals, value: (name: keyof Totals) => number): Totals {
  const mapped = { ...totals };
  for (const name of names(totals)) mapped[name] = value(name);
  return mapped;
}
