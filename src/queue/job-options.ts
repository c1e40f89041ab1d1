/**
 * Delay added to jobs. A job that runs too early has to be added again, and the estimate of Redis's
 * clock has an error of a few milliseconds.
 */
const MARGIN_MS = 20;

/** Options of a job that is tried until it succeeds. */
export const JOB_OPTIONS = {
  attempts: 1_000,
  backoff: { type: 'exponential', delay: 1_000, jitter: 0.5 },
  removeOnComplete: true,
  removeOnFail: { count: 1_000 },
} as const;

/** When a job runs. Both moments are by the clock of Redis. */
export const timingOf = (dueAtMs: number, nowMs: number): { timestamp: number; delay: number } => ({
  timestamp: nowMs,
  delay: Math.max(0, dueAtMs - nowMs) + MARGIN_MS,
});
