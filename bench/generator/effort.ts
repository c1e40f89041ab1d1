import { performance } from 'node:perf_hooks';
import type { Effort } from './commands.js';

/** Starts measuring this process. @returns a function that returns the effort so far. */
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
