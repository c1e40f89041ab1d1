import { decodeFromCompressedBase64 } from 'hdr-histogram-js';
import type { LoadReport, Losses } from '../generator/commands.js';
import type { SystemName } from '../generator/dialects/dialects.js';
import type { Generator } from '../generator/generator-process.js';
import type { Cost, Meter } from '../measure/meter.js';
import type { Figures } from '../report/figures.js';
import { sharesOf } from '../report/profile.js';
import type { SystemSettings } from '../systems/system.js';

/** Fresh system with a fresh generator, and the scale of the run. */
export interface Stage {
  readonly generator: Generator;
  readonly meter: Meter;
  readonly users: number;
  readonly durationMs: number;
  readonly warmupMs: number;
  readonly seed: number;
}

export interface Outcome {
  readonly figures: Figures;
  /** Microseconds, as a compressed HDR histogram. */
  readonly latency?: string;
  /** CPU microseconds of the server per delivery or handshake by module, if it was profiled. */
  readonly microsBy?: Readonly<Record<string, number>>;
  /** First problem, if a publish was refused or a connection was lost. */
  readonly complaint?: string;
}

export interface Workload {
  readonly name: string;
  readonly title: string;
  /** Participating systems; default: all. */
  readonly systems?: readonly SystemName[];
  /** Settings that override the requested ones. */
  readonly settings?: Partial<SystemSettings>;
  run(stage: Stage): Promise<Outcome>;
}

const MICROS_A_MS = 1_000;

/** Returns the latency figures; empty if nothing arrived. */
export function latencyFigures(latency: string): Figures {
  const histogram = decodeFromCompressedBase64(latency);
  if (histogram.totalCount === 0) return {};
  const at = (percentile: number): number => histogram.getValueAtPercentile(percentile) / MICROS_A_MS;
  return { p50Ms: at(50), p99Ms: at(99), p999Ms: at(99.9) };
}

/** Returns the CPU and memory figures of work on `count` items. */
export function costFigures(cost: Cost, count: number): Figures {
  const each = (ms: number): number => (ms * MICROS_A_MS) / count;
  return {
    cpuMicros: each(cost.serverCpuMs + cost.redisCpuMs),
    serverCpuMicros: each(cost.serverCpuMs),
    redisCpuMicros: each(cost.redisCpuMs),
    rssMiB: cost.rssBytes / 2 ** 20,
    othersPercent: (cost.othersCpuMs / cost.tookMs) * 100,
  };
}

/**
 * Returns CPU microseconds of work on `count` items by module, to be spread into an outcome. Time
 * that the operating system counts beyond the profile has its own row.
 */
export function microsBy(profile: unknown, { serverCpuMs }: Cost, count: number): Pick<Outcome, 'microsBy'> {
  if (profile === undefined) return {};
  const shares = sharesOf(profile);
  const told = [...shares.values()].reduce((sum, ms) => sum + ms, 0);
  const all = [...shares, ['kernel: reads and waits; other threads', Math.max(0, serverCpuMs - told)] as const];
  return { microsBy: Object.fromEntries(all.map(([owner, ms]) => [owner, (ms * MICROS_A_MS) / count])) };
}

/**
 * Returns the figures of a load: CPU costs per delivery, Redis costs per notification, which may
 * have many deliveries.
 */
export function loadFigures(report: LoadReport & Losses, cost: Cost): Figures {
  return {
    perSecond: report.deliveredPerSecond,
    ...latencyFigures(report.latency),
    ...costFigures(cost, report.delivered),
    redisCommands: cost.redis.commands / report.published,
    redisNetworkBytes: cost.redis.networkBytes / report.published,
    storedBytes: cost.redis.storedBytes / report.published,
    dropped: report.dropped,
    lost: report.lost,
    twice: report.twice,
    refused: report.refused,
    loopPercent: report.utilisation * 100,
    generatorPercent: report.cpuShare * 100,
  };
}

/** Returns the first problem of a load, to be spread into an outcome. */
export function complaintOf({
  refusal,
  dropReason,
}: {
  refusal?: string;
  dropReason?: string;
}): Pick<Outcome, 'complaint'> {
  const complaint = refusal ?? dropReason;
  return complaint === undefined ? {} : { complaint };
}
