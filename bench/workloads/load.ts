import type { LoadOrder } from '../generator/commands.js';
import { type Shares, sharesOf } from '../report/profile.js';
import { complaintOf, loadFigures, type Outcome, type Stage } from './workload.js';

/** Warms up with a load, then measures the same load. */
export async function measuredLoad(
  { generator, meter, warmupMs, durationMs }: Stage,
  order: Omit<LoadOrder, 'durationMs'>,
): Promise<Outcome> {
  if (warmupMs > 0) await generator.call('load', { ...order, durationMs: warmupMs });
  const [report, cost, profile] = await meter.profiling(() => generator.call('load', { ...order, durationMs }));
  return {
    figures: loadFigures(report, cost),
    latency: report.latency,
    ...complaintOf(report),
    ...(profile !== undefined && { microsBy: eachOf(sharesOf(profile), report.delivered, cost.serverCpuMs) }),
  };
}

/**
 * Returns CPU microseconds per delivery by module. Time that the operating system counts beyond the
 * profile has its own row.
 */
function eachOf(shares: Shares, count: number, serverCpuMs: number): Record<string, number> {
  const told = [...shares.values()].reduce((sum, ms) => sum + ms, 0);
  const all = [...shares, ['kernel: reads and waits; other threads', Math.max(0, serverCpuMs - told)] as const];
  return Object.fromEntries(all.map(([owner, ms]) => [owner, (ms * 1_000) / count]));
}
