import type { LoadOrder } from '../generator/commands.js';
import { complaintOf, loadFigures, type Outcome, type Stage } from './workload.js';

/** Warms up with a load and measures the same. */
export async function measuredLoad(
  { generator, meter, warmupMs, durationMs }: Stage,
  order: Omit<LoadOrder, 'durationMs'>,
): Promise<Outcome> {
  if (warmupMs > 0) await generator.call('load', { ...order, durationMs: warmupMs });
  const [report, cost] = await meter.during(() => generator.call('load', { ...order, durationMs }));
  return { figures: loadFigures(report, cost), latency: report.latency, ...complaintOf(report) };
}
