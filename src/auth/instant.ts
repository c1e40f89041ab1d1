/** End of the year 9999: the last that a date of RFC 3339 can tell. */
const LAST_MS = 253_402_300_799_999;

/** A moment as RFC 3339 tells it; one that it cannot tell, such as that of a token without an end, is the last that it can. */
export const instantOf = (ms: number): string => new Date(Math.min(Math.max(0, ms), LAST_MS)).toISOString();
