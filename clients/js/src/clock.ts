/**
 * Milliseconds of a clock that nobody sets. Durations are measured by it; `Date.now()` is for
 * dates.
 */
export const now = (): number => performance.now();
