import { DIALECTS, type SystemName } from './generator/dialects/dialects.js';
import { Generator } from './generator/generator-process.js';
import { Meter } from './measure/meter.js';
import type { BenchOptions } from './options.js';
import { startSystem } from './systems/start.js';
import type { System } from './systems/system.js';
import type { Outcome, Workload } from './workloads/workload.js';

export type RunOptions = Pick<
  BenchOptions,
  'seconds' | 'warmup' | 'users' | 'seed' | 'appendfsync' | 'processes' | 'profile' | 'tracePercent'
>;

const running = new Set<System>();

/** Ends everything that is running, so that nothing is left behind. */
export async function stopAll(): Promise<void> {
  await Promise.all([...running].map((system) => system.stop()));
}

/** Runs one system under one workload, both freshly started. */
export async function runOnce(workload: Workload, name: SystemName, options: RunOptions): Promise<Outcome> {
  const { seconds, warmup, users, seed, appendfsync, processes, profile, tracePercent } = options;
  const system = await startSystem(name, { appendfsync, processes, profile, tracePercent, ...workload.settings });
  running.add(system);
  try {
    const generator = await Generator.start(system.target);
    try {
      return await workload.run({
        generator,
        meter: new Meter(system, generator.pid),
        users,
        durationMs: seconds * 1_000,
        warmupMs: warmup * 1_000,
        seed,
      });
    } finally {
      await generator.stop();
    }
  } finally {
    running.delete(system);
    await system.stop();
  }
}

/**
 * Returns the systems of a workload in the order of a pair. Over the pairs, each goes first once.
 */
export function inTurn({ systems }: Workload, asked: readonly SystemName[], pair: number): SystemName[] {
  const all = asked.filter((name) => systems?.includes(name) ?? name in DIALECTS);
  const first = all.length > 0 ? pair % all.length : 0;
  return [...all.slice(first), ...all.slice(0, first)];
}
