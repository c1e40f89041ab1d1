/** Monotonic time in milliseconds, for durations. `Date.now()` is for dates. */
export const now = (): number => performance.now();
