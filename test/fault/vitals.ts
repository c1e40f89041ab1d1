import type { ServerRig } from '../support/server-rig.js';

/** Resources of one process at one moment. */
export interface Sample {
  atMs: number;
  rssMib: number;
  heapMib: number;
  handles: number;
  descriptors: number;
}

const MIB = 1_048_576;
const HOUR_MS = 3_600_000;

/** Reads the server's own metrics; undefined if it did not answer. */
export async function sample({ url }: ServerRig): Promise<Sample | undefined> {
  try {
    const answer = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(3_000) });
    const text = await answer.text();
    const value = (name: string): number => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1] ?? NaN);
    return {
      atMs: performance.now(),
      rssMib: value('process_resident_memory_bytes') / MIB,
      heapMib: value('nodejs_heap_size_used_bytes') / MIB,
      handles: value('nodejs_active_handles_total'),
      descriptors: value('process_open_fds'),
    };
  } catch {
    return undefined;
  }
}

/** Estimates the slope by least squares; 0 for fewer than two samples. */
export function slopePerHour(samples: readonly Sample[], of: (sample: Sample) => number): number {
  const mean = (numbers: number[]): number => numbers.reduce((sum, one) => sum + one, 0) / numbers.length;
  const [atMs, value] = [mean(samples.map((one) => one.atMs)), mean(samples.map(of))];
  const above = samples.reduce((sum, one) => sum + (one.atMs - atMs) * (of(one) - value), 0);
  const below = samples.reduce((sum, one) => sum + (one.atMs - atMs) ** 2, 0);
  return below === 0 || samples.length < 2 ? 0 : (above / below) * HOUR_MS;
}
