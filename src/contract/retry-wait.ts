const LEAST_MS = 1_000;
/** Up to so long at first. */
const SHORT_MS = 5_000;
/** Up to so long when nothing could be served for as long. */
const LONG_MS = 30_000;

/** A wait that is drawn, so that those who are told at the same moment do not come back at the same moment. */
export const spreadMs = (fromMs: number, toMs: number): number => Math.round(fromMs + Math.random() * (toMs - fromMs));

/**
 * How long to stay away before trying again: 1 to 5 s, and longer the longer this cannot be served, up to 30 s.
 * @param unableMs for how long it could not be served by now.
 * @param endsInMs when it can be served again at the latest: nobody stays away for long after that.
 */
export const retryWaitMs = (unableMs = 0, endsInMs = Infinity): number =>
  spreadMs(LEAST_MS, Math.min(LONG_MS, Math.max(SHORT_MS, Math.min(unableMs, endsInMs + LEAST_MS))));
