import type { Holdings } from './inspected-process.js';

/** Increase that still counts as noise, such as filling caches and compiled code. */
const HEAP_SLACK = { share: 0.2, bytes: 8_388_608 };
const RSS_SLACK = { share: 0.3, bytes: 67_108_864 };
const HANDLE_SLACK = 10;
const FEWEST = 6;

/**
 * Compares the resources of a process after its warm-up and at the end.
 * @returns the names of those that grew.
 */
export function growthOf(samples: readonly Holdings[]): string[] {
  // The first third is the warm-up.
  const warm = samples.slice(Math.floor(samples.length / 3));
  if (warm.length < FEWEST) return [];
  const part = Math.floor(warm.length / 3);
  const [early, late] = [warm.slice(0, part), warm.slice(-part)];
  const grew = (name: keyof Holdings, { share, bytes }: { share: number; bytes: number }): string[] => {
    const [from, to] = [median(early.map((held) => held[name])), median(late.map((held) => held[name]))];
    return to > from * (1 + share) + bytes ? [`${name} grew from ${from} to ${to}`] : [];
  };
  return [
    ...grew('heapBytes', HEAP_SLACK),
    ...grew('rssBytes', RSS_SLACK),
    ...grew('handles', { share: 0, bytes: HANDLE_SLACK }),
  ];
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}
