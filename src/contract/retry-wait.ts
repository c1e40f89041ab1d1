const LEAST_MS = 1_000;
/** Upper bound of the first waits. */
const SHORT_MS = 5_000;
/** Upper bound once the service has been unavailable for this long. */
const LONG_MS = 30_000;

/** Random wait, so that clients told at the same moment do not return at the same moment. */
export const spreadMs = (fromMs: number, toMs: number): number => Math.round(fromMs + Math.random() * (toMs - fromMs));

/**
 * Wait before a retry: 1 to 5 s, growing to 30 s the longer the outage lasts.
 * @param unableMs how long the request could not be served so far.
 * @param endsInMs when service resumes at the latest; no wait goes far beyond that.
 */
export const retryWaitMs = (unableMs = 0, endsInMs = Infinity): number =>
  spreadMs(LEAST_MS, Math.min(LONG_MS, Math.max(SHORT_MS, Math.min(unableMs, endsInMs + LEAST_MS))));
