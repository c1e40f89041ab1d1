/** Returns milliseconds of a clock that all processes of a run share and that does not jump. */
export const nowMs = (): number => performance.timeOrigin + performance.now();

/** Returns the value below which the share (0 to 1) of the numbers lies; 0 without numbers. */
export function percentile(numbers: readonly number[], share: number): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

/** Formats a duration for people: `12 ms`, `3.4 s`. */
export function duration(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}
