import { z } from 'zod';

const DAY_MS = 86_400_000;
const SECOND_MS = 1_000;
const LEAP = /:60(\.\d+)?(?=Z|[+-])/;
const upperCase = z.iso.datetime({ offset: true });

/** RFC 3339 §5.6 time: `T` and `Z` in either case, leap seconds only at the end of a UTC day. */
export const instant = z
  .string()
  .refine((text) => msOf(text) !== undefined, 'must be an RFC 3339 time such as 2030-01-31T12:00:00Z')
  .meta({ format: 'date-time' });

/**
 * Milliseconds since 1970 of a time that `instant` accepts; a leap second counts as the next
 * second.
 */
export const msOfInstant = (text: string): number => msOf(text) ?? NaN;

function msOf(text: string): number | undefined {
  const upper = text.toUpperCase();
  if (!LEAP.test(upper)) return upperCase.safeParse(upper).success ? Date.parse(upper) : undefined;
  const before = msOf(upper.replace(LEAP, ':59'));
  return before !== undefined && (before + SECOND_MS) % DAY_MS === 0 ? before + SECOND_MS : undefined;
}
