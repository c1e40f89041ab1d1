import { type Estimate, quantile } from './quantile.js';
import { type NodeSample, type SampleLog, intervalMs, isGone, silenceMs } from './samples.js';
import { type Grid, type Series, gaugeSeries, gridBefore, quantileSeries, rateSeries, valueSeries } from './series.js';
import { type Span, countsBetween, currentRate, isSameLife, spansOf } from './spans.js';

const MINUTE_MS = 60_000;
/** Window of the current rates, in milliseconds. */
const RATE_WINDOW_MS = 15_000;
const STEP_MS = 10_000;
/** Time for which a vanished node is still shown. */
const REMEMBERED_MS = 15 * MINUTE_MS;

export interface NodeRow {
  sample: NodeSample;
  gone: boolean;
  /** Time since the last sample. */
  silentMs: number;
  /** Fraction of one processor in the newest samples; undefined with only one sample. */
  cpu: number | undefined;
}

export interface Present {
  connections: number;
  sessions: number;
  subscriptions: number;
  accepted: number;
  delivered: number;
  acked: number;
  redelivered: number;
  refused: number;
  p50: Estimate | undefined;
  p99: Estimate | undefined;
  nodes: NodeRow[];
}

/** Returns current figures over all nodes that are not silent. */
export function presentOf(log: SampleLog, nowMs: number): Present {
  const now = log.now(nowMs);
  const nodes = rowsOf(log, now);
  const alive = nodes.filter(({ gone }) => !gone).map(({ sample }) => sample);
  const spans = alive.map(({ node }) => spansOf((log.nodes.get(node) ?? []).slice(-recentCount(log, node))));
  const sum = (of: (sample: NodeSample) => number): number => alive.reduce((total, sample) => total + of(sample), 0);
  const rate = (of: Parameters<typeof currentRate>[2]): number =>
    spans.reduce((total, ofNode) => total + currentRate(ofNode, RATE_WINDOW_MS, of), 0);
  const le = bucketsOf(log);
  const ofMinute = [...log.nodes.values()].flatMap((samples) => spansOf(since(samples, now - MINUTE_MS)));
  const counts = countsBetween(ofMinute, le.length, now - MINUTE_MS, now);
  return {
    connections: sum(({ connections }) => connections),
    sessions: sum(({ sessions }) => sessions),
    subscriptions: sum(({ subscriptions }) => subscriptions),
    accepted: rate('accepted'),
    delivered: rate('delivered'),
    acked: rate('acked'),
    redelivered: rate('redelivered'),
    refused: rate('refused'),
    p50: quantile(le, counts, 0.5),
    p99: quantile(le, counts, 0.99),
    nodes,
  };
}

export interface History {
  grid: Grid;
  connections: Series;
  sessions: Series;
  accepted: Series;
  delivered: Series;
  acked: Series;
  /** Quantiles in seconds, each over the preceding minute. */
  p50: Series;
  p99: Series;
  /** Redeliveries per minute. */
  redelivered: Series;
  deadLetters: Series;
}

/**
 * Returns the last `spanMs` in cells of 10 s. Ends at the newest cell for which all active nodes
 * have sent samples.
 */
export function historyOf(log: SampleLog, nowMs: number, spanMs: number): History {
  const now = log.now(nowMs);
  const speaking = [...log.nodes.values()].filter((samples) => !isGone(samples, now));
  const told = speaking.map((samples) => samples.at(-1)?.at ?? now);
  const grid = gridBefore(Math.min(now, ...told), spanMs, STEP_MS);
  const spans = spansOfAll(log);
  const le = bucketsOf(log);
  return {
    grid,
    connections: gaugeSeries(log.nodes.values(), grid, ({ connections }) => connections),
    sessions: gaugeSeries(log.nodes.values(), grid, ({ sessions }) => sessions),
    accepted: rateSeries(spans, grid, 'accepted'),
    delivered: rateSeries(spans, grid, 'delivered'),
    acked: rateSeries(spans, grid, 'acked'),
    p50: quantileSeries(spans, le, grid, 0.5, MINUTE_MS),
    p99: quantileSeries(spans, le, grid, 0.99, MINUTE_MS),
    redelivered: rateSeries(spans, grid, 'redelivered').map((rate) => (rate === null ? null : rate * 60)),
    deadLetters: valueSeries(log.cluster, grid, silenceMs(log.cluster), ({ deadLetters }) => deadLetters),
  };
}

function rowsOf(log: SampleLog, now: number): NodeRow[] {
  const rows = [...log.nodes.values()].flatMap((samples): NodeRow[] => {
    const sample = samples.at(-1);
    if (!sample) return [];
    const silentMs = Math.max(0, now - sample.at);
    return [{ sample, gone: isGone(samples, now), silentMs, cpu: cpuOf(samples) }];
  });
  return rows
    .filter(({ gone, silentMs }) => !gone || silentMs < REMEMBERED_MS)
    .sort((a, b) => Number(a.gone) - Number(b.gone) || a.sample.node.localeCompare(b.sample.node));
}

function cpuOf(samples: readonly NodeSample[]): number | undefined {
  const [before, after] = samples.slice(-2);
  if (!before || !after || !isSameLife(before, after)) return undefined;
  return Math.max(0, ((after.cpuSeconds - before.cpuSeconds) * 1_000) / (after.at - before.at));
}

function recentCount(log: SampleLog, node: string): number {
  return Math.ceil(RATE_WINDOW_MS / Math.max(1, intervalMs(log.nodes.get(node) ?? []))) + 2;
}

/** Returns the samples after a moment, and the last one before it. */
function since(samples: readonly NodeSample[], from: number): readonly NodeSample[] {
  return samples.slice(
    Math.max(
      0,
      samples.findLastIndex(({ at }) => at <= from),
    ),
  );
}

const spansOfAll = (log: SampleLog): Span[] => [...log.nodes.values()].flatMap((samples) => spansOf(samples));

/**
 * Returns the bounds of the buckets. Nodes of different versions may differ; the latest sample
 * wins.
 */
function bucketsOf(log: SampleLog): (number | null)[] {
  const newest = [...log.nodes.values()].map((samples) => samples.at(-1)).filter((sample) => sample !== undefined);
  newest.sort((a, b) => b.at - a.at);
  return newest[0]?.timeToAck.le ?? [];
}
