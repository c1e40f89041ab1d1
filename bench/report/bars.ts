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
const own = (workload: string) => ({ system: OURS, workload }) as const;
const SINGLE = 'w1-single';

const BARS: readonly Bar[] = [
  { workload: SINGLE, figure: 'perSecond', against: SOCKETIO, must: 1.5, stretch: 2 },
  { workload: SINGLE, figure: 'cpuMicros', against: SOCKETIO, must: 0.65, stretch: 0.5 },
  { workload: SINGLE, figure: 'redisCommands', must: 9, stretch: 6 },
  { workload: SINGLE, figure: 'redisCpuMicros', must: 28, stretch: 20 },
  { workload: 'w1-batch', figure: 'perSecond', against: own(SINGLE), must: 1.8, stretch: 2.5 },
  { workload: 'w1-always', figure: 'perSecond', against: own(SINGLE), must: 0.5, stretch: 0.7 },
  { workload: 'w1-open-1000', figure: 'p50Ms', against: SOCKETIO, must: 1.4, stretch: 1 },
  { workload: 'w1-open-4000', figure: 'p99Ms', against: SOCKETIO, must: 1, stretch: 0.7 },
  { workload: 'w2-4', figure: 'perSecond', against: RAWWS, must: 1.3, stretch: 1.8 },
  { workload: 'w3-idle', figure: 'perSecond', against: SOCKETIO, must: 1, stretch: 1.3 },
  { workload: 'w3-idle', figure: 'serverCpuMicros', against: SOCKETIO, must: 1, stretch: 0.75 },
  { workload: 'w3-idle', figure: 'rssPerConnectionKiB', must: 8, stretch: 5 },
  { workload: 'w3-idle', figure: 'idleCpuPercent', against: RAWWS, must: 1.5, stretch: 1.1 },
  { workload: 'w4-return', figure: 'lost', must: 0 },
  { workload: 'w4-return', figure: 'twice', must: 0 },
  { workload: 'w4-return', figure: 'allBackMs', must: 2_100 },
  { workload: 'w4-return', figure: 'caughtUpAfterMs', must: 100 },
  { workload: 'w5-processes-2', figure: 'cpuMicros', against: own('w5-processes-1'), must: 1 },
  { workload: 'w5-topics-100k', figure: 'perSecond', against: own('w5-topics-1k'), must: 0.9 },
  { workload: 'w5-backlog-100k', figure: 'perSecond', against: own('w5-backlog-100'), must: 0.9 },
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
  if (figure === 'cpuMicros' || figure === 'serverCpuMicros') return '';
  const subjects = [{ workload, system: OURS } as const, ...(against ? [{ workload, ...against }] : [])];
  const busy = subjects.some((subject) => (medianOf(runs, subject, 'generatorPercent') ?? 0) >= BUSY_PERCENT);
  return busy ? 'the generator is at its limit' : '';
}
