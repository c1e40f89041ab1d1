const COUNT = new Intl.NumberFormat('en');
const SHORT = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
const BYTE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** Placeholder for a missing value. */
export const NONE = '–';

/** `12,345`; from a million on, `1.2M`. */
export function count(value: number): string {
  return Math.abs(value) >= 1_000_000 ? SHORT.format(value) : COUNT.format(Math.round(value));
}

/** Rate: `0`, `0.25`, `3.4`, `1,234`. */
export function rate(value: number): string {
  if (value >= 100) return count(value);
  if (value >= 10) return trimmed(value, 1);
  return trimmed(value, 2);
}

/** Size: `1.5 MiB`. */
export function bytes(value: number): string {
  let size = value;
  let unit = 0;
  for (; size >= 1024 && unit < BYTE_UNITS.length - 1; unit++) size /= 1024;
  return `${size >= 100 || unit === 0 ? Math.round(size) : trimmed(size, 1)} ${BYTE_UNITS[unit]}`;
}

/** Duration in its two largest units: `3 d 4 h`, `5 min 3 s`, `1.25 s`, `40 ms`. */
export function duration(ms: number): string {
  if (ms < 0) return `-${duration(-ms)}`;
  if (ms < 1) return ms === 0 ? '0 ms' : `${trimmed(ms, 2)} ms`;
  if (ms < SECOND_MS) return `${ms < 10 ? trimmed(ms, 1) : Math.round(ms)} ms`;
  if (ms < MINUTE_MS) return `${trimmed(ms / SECOND_MS, ms < 10_000 ? 2 : 0)} s`;
  if (ms < HOUR_MS) return pair(ms, MINUTE_MS, 'min', SECOND_MS, 's');
  if (ms < DAY_MS) return pair(ms, HOUR_MS, 'h', MINUTE_MS, 'min');
  return pair(ms, DAY_MS, 'd', HOUR_MS, 'h');
}

/** Relative time: `3 min ago`, `in 2 h`, `just now`. */
export function ago(atMs: number, nowMs: number): string {
  const ms = nowMs - atMs;
  if (Math.abs(ms) < 2_000) return 'just now';
  return ms > 0 ? `${coarse(ms)} ago` : `in ${coarse(-ms)}`;
}

/** `24 Nov 2026, 00:15:42` in the reader's time zone. */
export function dateTime(at: number | string | Date): string {
  const date = new Date(at);
  return `${date.toLocaleDateString('en-GB', { day: 'numeric', month: 'short', year: 'numeric' })}, ${clock(date)}`;
}

/** `24 Nov 2026, 00:15:42.120`, to show the order of events. */
export function exactTime(at: number | string | Date): string {
  return `${dateTime(at)}.${String(new Date(at).getMilliseconds()).padStart(3, '0')}`;
}

/** `00:15:42` in the reader's time zone. */
export function clock(at: number | Date): string {
  return new Date(at).toLocaleTimeString('en-GB');
}

/** `1 session`, `2 sessions`. */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

function coarse(ms: number): string {
  if (ms < MINUTE_MS) return `${Math.round(ms / SECOND_MS)} s`;
  if (ms < HOUR_MS) return `${Math.round(ms / MINUTE_MS)} min`;
  if (ms < 2 * DAY_MS) return `${Math.round(ms / HOUR_MS)} h`;
  return `${Math.round(ms / DAY_MS)} d`;
}

function pair(ms: number, large: number, largeUnit: string, small: number, smallUnit: string): string {
  // Rounded first: 59.7 s over a minute is the next minute, not "1 min 60 s".
  const rounded = Math.round(ms / small) * small;
  const rest = Math.round((rounded % large) / small);
  const whole = `${Math.floor(rounded / large)} ${largeUnit}`;
  return rest === 0 ? whole : `${whole} ${rest} ${smallUnit}`;
}

const trimmed = (value: number, digits: number): string => String(Number(value.toFixed(digits)));
