import type { SystemName } from '../generator/dialects/dialects.js';
import type { Outcome } from '../workloads/workload.js';
import type { FigureName } from './figures.js';

/** Run that completed. */
export interface Run extends Outcome {
  readonly pair: number;
  readonly workload: string;
  readonly system: SystemName;
}

/** Selection of runs. */
export interface Subject {
  readonly workload: string;
  readonly system: SystemName;
}

/**
 * Returns the median: for an even number of values, the mean of the middle two; undefined without
 * values.
 */
export function median(values: readonly number[]): number | undefined {
  if (values.length === 0) return undefined;
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle]!;
  return sorted.length % 2 === 1 ? upper : (sorted[middle - 1]! + upper) / 2;
}

/** Returns the median over the pairs. */
export function medianOf(runs: readonly Run[], subject: Subject, figure: FigureName): number | undefined {
  return median([...byPair(runs, subject, figure).values()]);
}

/** Returns the median of the ratios of pairs; pairs with a missing or zero divisor are left out. */
export function medianRatio(
  runs: readonly Run[],
  subject: Subject,
  against: Subject,
  figure: FigureName,
): number | undefined {
  const divisors = byPair(runs, against, figure);
  const ratios = [...byPair(runs, subject, figure)].flatMap(([pair, value]) => {
    const divisor = divisors.get(pair);
    return divisor ? [value / divisor] : [];
  });
  return median(ratios);
}

function byPair(runs: readonly Run[], { workload, system }: Subject, figure: FigureName): Map<number, number> {
  return new Map(
    runs.flatMap((run) => {
      const value = run.figures[figure];
      const wanted = run.workload === workload && run.system === system && value !== undefined;
      return wanted ? [[run.pair, value]] : [];
    }),
  );
}
