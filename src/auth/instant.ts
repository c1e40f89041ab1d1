/** End of the year 9999, the last time that RFC 3339 can express. */
const LAST_MS = 253_402_300_799_999;

/**
 * Formats a time as RFC 3339. A later time, such as the end of a token that never expires, becomes
 * the last one.
 */
export const instantOf = (ms: number): string => new Date(Math.min(Math.max(0, ms), LAST_MS)).toISOString();
