/** Measured figures, in display order. */
export const FIGURES = {
  perSecond: { title: 'per second', better: 'more', digits: 0 },
  p50Ms: { title: 'p50 ms', better: 'less', digits: 2 },
  p99Ms: { title: 'p99 ms', better: 'less', digits: 2 },
  p999Ms: { title: 'p99.9 ms', better: 'less', digits: 2 },
  cpuMicros: { title: 'CPU µs each', better: 'less', digits: 1 },
  serverCpuMicros: { title: 'server µs', better: 'less', digits: 1 },
  redisCpuMicros: { title: 'Redis µs', better: 'less', digits: 1 },
  redisCommands: { title: 'Redis commands', better: 'less', digits: 2 },
  redisNetworkBytes: { title: 'Redis bytes', better: 'less', digits: 0 },
  storedBytes: { title: 'stored bytes', better: 'less', digits: 0 },
  rssPerConnectionKiB: { title: 'KiB a connection', better: 'less', digits: 1 },
  idleCpuPercent: { title: 'idle CPU %', better: 'less', digits: 1 },
  dropped: { title: 'dropped', better: 'less', digits: 0 },
  missed: { title: 'sent while away', better: undefined, digits: 0 },
  allBackMs: { title: 'all back ms', better: 'less', digits: 0 },
  caughtUpAfterMs: { title: 'caught up after ms', better: 'less', digits: 0 },
  logReads: { title: 'LRANGE', better: 'less', digits: 0 },
  lost: { title: 'lost', better: 'less', digits: 0 },
  twice: { title: 'twice', better: 'less', digits: 0 },
  refused: { title: 'refused', better: 'less', digits: 0 },
  rssMiB: { title: 'server MiB', better: 'less', digits: 0 },
  loopPercent: { title: 'generator loop %', better: undefined, digits: 0 },
  generatorPercent: { title: 'generator CPU %', better: undefined, digits: 0 },
  othersPercent: { title: 'others CPU %', better: undefined, digits: 0 },
} as const satisfies Record<string, Figure>;

interface Figure {
  title: string;
  /** Direction of improvement; undefined if there is none. */
  better: 'more' | 'less' | undefined;
  digits: number;
}

export type FigureName = keyof typeof FIGURES;
export type Figures = Partial<Record<FigureName, number>>;

export const FIGURE_NAMES = Object.keys(FIGURES) as readonly FigureName[];

export function shown(name: FigureName, value: number): string {
  const { digits } = FIGURES[name];
  return value.toLocaleString('en-GB', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
