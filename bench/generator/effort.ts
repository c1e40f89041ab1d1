import { performance } from 'node:perf_hooks';
import type { Effort } from './commands.js';

/** Starts to watch what this process spends; the answer tells what it was until then. */
export function watchEffort(): () => Effort {
  const sinceMs = performance.now();
  const loop = performance.eventLoopUtilization();
  const cpu = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(cpu);
    return {
      utilisation: performance.eventLoopUtilization(loop).utilization,
      cpuShare: (user + system) / 1_000 / (performance.now() - sinceMs),
    };
  };
}
