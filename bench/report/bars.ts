import type { SystemName } from '../generator/dialects/dialects.js';
import { FIGURES, type FigureName, shown } from './figures.js';
import { medianOf, medianRatio, type Run } from './statistics.js';
import type { Table } from './table.js';

/** Target for Postrider's results; a ratio if it is `against` another system in the same pair. */
interface Bar {
  readonly workload: string;
  readonly figure: FigureName;
  readonly against?: { readonly system: SystemName; readonly workload?: string };
  readonly must: number;
  readonly stretch?: number;
}

const OURS = 'postrider';
const RAWWS = { system: 'rawws' } as const;
const SOCKETIO = { system: 'socketio' } as const;
const NEST = { system: 'nest-bullmq' } as const;
/** Workload to compare with: single POSTs, because peers take no batches. */
const SINGLE = 'w1-single';

const BARS: readonly Bar[] = [
  { workload: SINGLE, figure: 'perSecond', against: NEST, must: 5, stretch: 6.5 },
  { workload: SINGLE, figure: 'perSecond', against: SOCKETIO, must: 2.3 },
  { workload: SINGLE, figure: 'perSecond', against: RAWWS, must: 0.7, stretch: 0.94 },
  { workload: SINGLE, figure: 'cpuMicros', against: NEST, must: 0.18, stretch: 0.13 },
  { workload: SINGLE, figure: 'cpuMicros', against: SOCKETIO, must: 0.43 },
  { workload: SINGLE, figure: 'cpuMicros', against: RAWWS, must: 1.7, stretch: 1.25 },
  { workload: SINGLE, figure: 'redisCommands', must: 14 },
  { workload: SINGLE, figure: 'redisCpuMicros', must: 45 },
  { workload: SINGLE, figure: 'redisNetworkBytes', must: 1_024 },
  { workload: SINGLE, figure: 'storedBytes', must: 300 },
  { workload: 'w1-batch', figure: 'perSecond', against: { ...NEST, workload: SINGLE }, must: 9, stretch: 13 },
  { workload: 'w1-batch', figure: 'perSecond', against: { ...RAWWS, workload: SINGLE }, must: 1.3 },
  { workload: 'w1-open-1000', figure: 'p50Ms', must: 1 },
  { workload: 'w1-open-1000', figure: 'p99Ms', against: SOCKETIO, must: 1 },
  { workload: 'w1-open-1000', figure: 'p99Ms', against: NEST, must: 0.1 },
  { workload: 'w1-open-4000', figure: 'perSecond', must: 3_960 },
  { workload: 'w1-open-4000', figure: 'p99Ms', must: 25 },
  { workload: 'w1-always', figure: 'perSecond', against: { system: OURS, workload: SINGLE }, must: 0.5, stretch: 0.7 },
  { workload: 'w1-always', figure: 'perSecond', against: { ...NEST, workload: SINGLE }, must: 2.5 },
  { workload: 'w2-1', figure: 'perSecond', against: RAWWS, must: 0.95, stretch: 1 },
  { workload: 'w2-4', figure: 'perSecond', against: RAWWS, must: 1.5, stretch: 2 },
  { workload: 'w2-16', figure: 'perSecond', against: RAWWS, must: 3, stretch: 5 },
  { workload: 'w2-4', figure: 'perSecond', against: SOCKETIO, must: 2 },
  { workload: 'w2-wide', figure: 'perSecond', against: RAWWS, must: 1.4, stretch: 2 },
  { workload: 'w2-4', figure: 'cpuMicros', against: RAWWS, must: 0.65, stretch: 0.45 },
  { workload: 'w2-open', figure: 'p99Ms', against: RAWWS, must: 1, stretch: 0.6 },
  { workload: 'w3-idle', figure: 'rssPerConnectionKiB', must: 8, stretch: 5 },
  { workload: 'w3-idle', figure: 'rssPerConnectionKiB', against: RAWWS, must: 1.05 },
  { workload: 'w3-idle', figure: 'rssPerConnectionKiB', against: SOCKETIO, must: 0.52 },
  { workload: 'w3-idle', figure: 'perSecond', against: RAWWS, must: 0.85, stretch: 1 },
  { workload: 'w3-idle', figure: 'perSecond', against: SOCKETIO, must: 1.9 },
  { workload: 'w3-idle', figure: 'idleCpuPercent', against: RAWWS, must: 1, stretch: 0.5 },
  { workload: 'w4-return', figure: 'lost', must: 0 },
  { workload: 'w4-return', figure: 'twice', must: 0 },
  { workload: 'w4-return', figure: 'allBackMs', must: 2_100 },
  { workload: 'w4-return', figure: 'caughtUpAfterMs', must: 100 },
  { workload: 'w5-processes-2', figure: 'perSecond', against: { system: OURS, workload: 'w5-processes-1' }, must: 1.6 },
  { workload: 'w5-topics-100k', figure: 'perSecond', against: { system: OURS, workload: 'w5-topics-1k' }, must: 0.9 },
  {
    workload: 'w5-backlog-100k',
    figure: 'perSecond',
    against: { system: OURS, workload: 'w5-backlog-100' },
    must: 0.9,
  },
  { workload: 'w5-parked', figure: 'storedBytes', must: 700 },
];

/** Load of a core from which the generator may be the bottleneck. */
const BUSY_PERCENT = 90;

/** Creates the table of the bars for which there are runs. */
export function barTable(runs: readonly Run[]): Table {
  const rows = BARS.flatMap((bar) => {
    const value = valueOf(bar, runs);
    return value === undefined ? [] : [rowOf(bar, value, runs)];
  });
  return { title: 'Bars', head: ['workload', 'figure', 'against', 'is', 'must', '', 'stretch', '', 'remark'], rows };
}

function rowOf(bar: Bar, value: number, runs: readonly Run[]): string[] {
  const { workload, figure, must, stretch } = bar;
  const { title, better } = FIGURES[figure];
  const { against } = bar;
  const told = (goal: number): string => (against ? `${goal.toFixed(2)}×` : shown(figure, goal));
  const verdict = (goal: number): string => ((better === 'more' ? value >= goal : value <= goal) ? 'met' : 'not met');
  const sign = better === 'more' ? '≥' : '≤';
  return [
    workload,
    title,
    against ? [against.system, against.workload].filter(Boolean).join(' ') : '',
    told(value),
    `${sign} ${told(must)}`,
    verdict(must),
    stretch === undefined ? '' : `${sign} ${told(stretch)}`,
    stretch === undefined ? '' : verdict(stretch),
    remark(bar, runs),
  ];
}

function valueOf({ workload, figure, against }: Bar, runs: readonly Run[]): number | undefined {
  const ours = { workload, system: OURS } as const;
  if (!against) return medianOf(runs, ours, figure);
  return medianRatio(runs, ours, { workload, ...against }, figure);
}

function remark({ workload, figure, against }: Bar, runs: readonly Run[]): string {
  if (figure === 'cpuMicros') return '';
  const subjects = [{ workload, system: OURS } as const, ...(against ? [{ workload, ...against }] : [])];
  const busy = subjects.some((subject) => (medianOf(runs, subject, 'generatorPercent') ?? 0) >= BUSY_PERCENT);
  return busy ? 'the generator is at its limit' : '';
}
