import type { SystemName } from '../generator/dialects/dialects.js';
import type { Workload } from '../workloads/workload.js';
import { FIGURE_NAMES, FIGURES, type FigureName, shown } from './figures.js';
import { medianOf, medianRatio, type Run } from './statistics.js';
import type { Table } from './table.js';

const OURS = 'postrider';

/**
 * Creates a table of medians over the pairs, and of Postrider's figures relative to each peer's in
 * the same pair.
 */
export function workloadTable({ name, title }: Workload, runs: readonly Run[]): Table {
  const own = runs.filter(({ workload }) => workload === name);
  const systems = [...new Set(own.map(({ system }) => system))].toSorted();
  const peers = systems.includes(OURS) ? systems.filter((system) => system !== OURS) : [];
  const figures = FIGURE_NAMES.filter((figure) => own.some((run) => run.figures[figure] !== undefined));
  return {
    title: `${name}: ${title}`,
    head: ['', ...systems, ...peers.map((peer) => `× ${peer}`)],
    rows: figures.map((figure) => [
      FIGURES[figure].title,
      ...systems.map((system) => medianCell(own, name, system, figure)),
      ...peers.map((peer) => ratioCell(own, name, peer, figure)),
    ]),
  };
}

/**
 * Creates a table of the server's CPU time by module, from the last profiled run; empty if there
 * was none.
 */
export function profileTable({ name }: Workload, runs: readonly Run[]): Table {
  const shares = runs.findLast(({ workload, microsBy }) => workload === name && microsBy)?.microsBy ?? {};
  const all = Object.values(shares).reduce((sum, micros) => sum + micros, 0);
  return {
    title: `${name}: CPU time of the server, by who spends it`,
    head: ['', 'µs each', '%'],
    rows: Object.entries(shares)
      .toSorted(([, a], [, b]) => b - a)
      .map(([owner, micros]) => [owner, micros.toFixed(2), ((micros / all) * 100).toFixed(1)]),
  };
}

function medianCell(runs: readonly Run[], workload: string, system: SystemName, figure: FigureName): string {
  const value = medianOf(runs, { workload, system }, figure);
  return value === undefined ? '' : shown(figure, value);
}

function ratioCell(runs: readonly Run[], workload: string, system: SystemName, figure: FigureName): string {
  if (FIGURES[figure].better === undefined) return '';
  return medianRatio(runs, { workload, system: OURS }, { workload, system }, figure)?.toFixed(2) ?? '';
}
