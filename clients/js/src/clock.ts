/** Milliseconds by a clock that nobody sets: all spans are measured by it, and `Date.now()` is for dates alone. */
export const now = (): number => performance.now();
