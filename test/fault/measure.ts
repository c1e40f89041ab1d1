import type { Ledger } from '../support/ledger.js';
import { percentile } from './clock.js';

/** Returns the longest time within these bounds in which no application handled anything. */
export function pushGapMs({ deliveries }: Ledger, fromMs: number, toMs: number): number {
  const times = deliveries
    .flatMap(({ outcome, atMs }) => (outcome === 'handled' && atMs !== undefined ? [atMs] : []))
    .filter((atMs) => atMs > fromMs && atMs < toMs)
    .toSorted((a, b) => a - b);
  return Math.max(0, ...[...times, toMs].map((atMs, index) => atMs - (times[index - 1] ?? fromMs)));
}

export interface Waits {
  count: number;
  p50Ms: number;
  p99Ms: number;
  maxMs: number;
}

/**
 * Returns the times from the 202 to the application for everything published within these bounds.
 */
export function waits({ publications, deliveries }: Ledger, fromMs = 0, toMs = Infinity): Waits {
  const answered = new Map<string, number>();
  for (const { id, outcome, endedAtMs = 0 } of publications) {
    if (outcome === 'accepted' && id && endedAtMs >= fromMs && endedAtMs < toMs) answered.set(id, endedAtMs);
  }
  const times = deliveries.flatMap(({ id, outcome, atMs }) => {
    const endedAtMs = answered.get(id);
    return outcome === 'handled' && atMs !== undefined && endedAtMs !== undefined
      ? [Math.max(0, atMs - endedAtMs)]
      : [];
  });
  return {
    count: times.length,
    p50Ms: percentile(times, 0.5),
    p99Ms: percentile(times, 0.99),
    maxMs: percentile(times, 1),
  };
}

/**
 * Counts accepted publications sent and answered within these bounds, by one publisher or by any.
 */
export function acceptedWithin({ publications }: Ledger, fromMs: number, toMs: number, publisher = ''): number {
  const prefix = publisher && `${publisher}/`;
  return publications.filter(
    ({ outcome, mark, startedAtMs = 0, endedAtMs = Infinity }) =>
      outcome === 'accepted' && mark.startsWith(prefix) && startedAtMs > fromMs && endedAtMs < toMs,
  ).length;
}
