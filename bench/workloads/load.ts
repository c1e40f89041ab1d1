import type { LoadOrder } from '../generator/commands.js';
import { complaintOf, loadFigures, microsBy, type Outcome, type Stage } from './workload.js';

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
    ...microsBy(profile, cost, report.delivered),
  };
}
