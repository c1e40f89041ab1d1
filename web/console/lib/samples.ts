/** Counters of a process since its start. */
export interface Totals {
  accepted: number;
  refused: number;
  delivered: number;
  redelivered: number;
  acked: number;
  expired: number;
  cancelled: number;
  dead: number;
  gaps: number;
}

/** Counts by upper bound, not cumulative, since the start of the process. */
export interface Buckets {
  /** Upper bounds in seconds. The last one is `null`: no bound. */
  le: (number | null)[];
  counts: number[];
}

/** Sample that a node sends every few seconds. */
export interface NodeSample {
  node: string;
  roles: string[];
  /** Time of the sample, in milliseconds since 1970. */
  at: number;
  startedAt: number;
  version: string;
  connections: number;
  sessions: number;
  subscriptions: number;
  rssBytes: number;
  heapBytes: number;
  /** Processor time used since the start. */
  cpuSeconds: number;
  eventLoopMaxMs: number;
  sendBufferBytes?: number;
  totals: Totals;
  timeToAck: Buckets;
}

export interface QueueState {
  name: string;
  waiting: number;
  active: number;
  delayed: number;
  failed: number;
  paused: boolean | number;
}

/** Sample of the whole installation, of Redis and of the queues, sent by one of the nodes. */
export interface InstallationSample {
  at: number;
  redis: {
    mode: string;
    version: string;
    usedBytes: number;
    maxBytes: number;
    clients: number;
    commandsPerSecond: number;
    role: string;
    connectedReplicas: number;
    aof: boolean;
    evictionPolicy: string;
    hitRate?: number;
  };
  queues: QueueState[];
  deadLetters: number;
  oldestUnackedMs: number | null;
  books: { accepted: number; pending: number; difference: number };
}

/**
 * Tolerance for start times: a process recomputes its own with each sample, by a clock that may be
 * corrected.
 */
export const START_JITTER_MS = 1_000;

/** Upper bound of the time that a process takes to exit. */
const OVERLAP_MS = 60_000;
const DEFAULT_INTERVAL_MS = 5_000;
/** Number of samples that a node may miss before it counts as gone. */
const MISSED = 3;
/** Number of distances from which a node's interval is estimated. */
const DISTANCES = 20;

/** Recent samples by node, in order of time; duplicates count once. */
export class SampleLog {
  readonly nodes = new Map<string, NodeSample[]>();
  readonly cluster: InstallationSample[] = [];
  /** Lead of the nodes' clocks over ours. A late sample can only make it look smaller. */
  private skewMs = -Infinity;

  /** @param keepMs age up to which samples are kept. */
  constructor(readonly keepMs: number) {}

  /** @param nowMs the page's clock when the sample came. */
  addNode(sample: NodeSample, nowMs: number): void {
    const samples = this.nodes.get(sample.node) ?? [];
    const last = samples.at(-1);
    if (last && isLeaving(sample, last)) return;
    this.nodes.set(sample.node, samples);
    this.insert(samples, sample, nowMs);
  }

  addInstallation(sample: InstallationSample, nowMs: number): void {
    this.insert(this.cluster, sample, nowMs);
  }

  /**
   * Returns the page's time corrected to the nodes' clocks, to distinguish silence from a wrong
   * clock.
   */
  now(nowMs: number): number {
    return Number.isFinite(this.skewMs) ? nowMs + this.skewMs : nowMs;
  }

  /** Forgets samples older than `keepMs`, and nodes without samples. */
  prune(nowMs: number): void {
    const oldest = this.now(nowMs) - this.keepMs;
    for (const [node, samples] of this.nodes) {
      dropBefore(samples, oldest);
      if (samples.length === 0) this.nodes.delete(node);
    }
    dropBefore(this.cluster, oldest);
  }

  private insert<T extends { at: number }>(samples: T[], sample: T, nowMs: number): void {
    this.skewMs = Math.max(this.skewMs, sample.at - nowMs);
    let index = samples.length;
    while (index > 0 && (samples[index - 1]?.at ?? 0) > sample.at) index--;
    if (samples[index - 1]?.at !== sample.at) samples.splice(index, 0, sample);
  }
}

/** Returns the interval of the samples: the median distance of the newest. */
export function intervalMs(samples: readonly { at: number }[]): number {
  const newest = samples.slice(-DISTANCES - 1);
  const distances = newest.slice(1).map(({ at }, index) => at - (newest[index]?.at ?? at));
  distances.sort((a, b) => a - b);
  return distances[Math.floor(distances.length / 2)] ?? DEFAULT_INTERVAL_MS;
}

/** True if the sender of these samples has been silent for longer than three sample intervals. */
export function isGone(samples: readonly { at: number }[], nowMs: number): boolean {
  const last = samples.at(-1);
  return !last || nowMs - last.at > silenceMs(samples);
}

/** Returns the time for which a sample stands for the present. */
export function silenceMs(samples: readonly { at: number }[]): number {
  // One second of tolerance, because samples of a busy process are late.
  return MISSED * intervalMs(samples) + 1_000;
}

/**
 * True if a sample comes from the old process of a seamless restart, which may still send samples
 * after its successor.
 */
function isLeaving(sample: NodeSample, last: NodeSample): boolean {
  const laterMs = sample.at - last.at;
  return last.startedAt - sample.startedAt >= START_JITTER_MS && laterMs > 0 && laterMs < OVERLAP_MS;
}

function dropBefore(samples: { at: number }[], oldest: number): void {
  const first = samples.findIndex(({ at }) => at >= oldest);
  samples.splice(0, first === -1 ? samples.length : first);
}
