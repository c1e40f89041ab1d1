import { decodeFromCompressedBase64 } from 'hdr-histogram-js';
import { emptyHistogram } from '../generator/tally.js';
import type { Workload } from '../workloads/workload.js';
import type { Run } from './statistics.js';

/** Percentiles to plot: each further nine, with steps between. */
export const PERCENTILES = [0, 1, 2, 3, 4].flatMap((nines) =>
  [0, 25, 50, 75].map((part) => 100 - 10 ** (2 - nines) * (1 - (part / 100) * 0.9)),
);

/** Latencies of one workload by percentile: for each system, over all pairs together. */
export interface Plot {
  readonly title: string;
  readonly series: readonly { readonly system: string; readonly ms: readonly number[] }[];
}

export function plotOf({ name, title }: Workload, runs: readonly Run[]): Plot {
  const own = runs.filter((run) => run.workload === name && run.latency !== undefined);
  const systems = [...new Set(own.map(({ system }) => system))].toSorted();
  return {
    title: `${name}: ${title}`,
    series: systems.map((system) => {
      const histogram = emptyHistogram();
      for (const run of own) {
        if (run.system === system && run.latency) histogram.add(decodeFromCompressedBase64(run.latency));
      }
      return { system, ms: PERCENTILES.map((percentile) => histogram.getValueAtPercentile(percentile) / 1_000) };
    }),
  };
}
