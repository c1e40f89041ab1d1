import { z } from 'zod';

const DAY_MS = 86_400_000;
const MAX_TIMER_MS = 2_147_483_647;

/** Documentation of a setting. */
export interface About {
  description: string;
  unit?: string;
  /** Default, as it would be written in the environment. */
  default?: string;
  /** Text of the documentation for a default that is computed at run time. */
  defaultNote?: string;
  /**
   * Value in the example file if there is no default; empty for a secret, so that nobody uses a
   * known one.
   */
  example?: string;
}

const settings = z.registry<About>();

/** @throws Error if the schema is not a setting. */
export function about(setting: z.ZodType): About {
  const found = settings.get(setting);
  if (!found) throw new Error('a setting without a description');
  return found;
}

/** Setting that `read` parses from the text of its variable. */
export function setting<S extends z.ZodType<unknown, string | undefined>>(read: S, told: About): S {
  if (settings.has(read)) throw new Error(`two settings share one schema: ${told.description}`);
  settings.add(read, told);
  return read;
}

function whole(
  unit: string | undefined,
  fallback: number,
  description: string,
  min = 1,
  max = Number.MAX_SAFE_INTEGER,
) {
  const read = z
    .string()
    .regex(/^\d{1,15}$/, 'must be a whole number')
    .transform(Number)
    .refine((value) => value >= min, `must be at least ${min}`)
    .refine((value) => value <= max, `must be at most ${max}`);
  return setting(read, { description, unit, default: String(fallback) });
}

export const durationMs = (fallback: number, description: string, min = 1, max = 366 * DAY_MS) =>
  whole('ms', fallback, description, min, max);
/** Duration of a timer; Node would fire longer ones immediately. */
export const timerMs = (fallback: number, description: string, min = 1) =>
  durationMs(fallback, description, min, MAX_TIMER_MS);
export const sizeBytes = (fallback: number, description: string, min = 1) => whole('bytes', fallback, description, min);
export const count = (fallback: number, description: string, min = 1, max?: number) =>
  whole(undefined, fallback, description, min, max);
export const percent = (fallback: number, description: string) => whole('%', fallback, description, 1, 100);

/** Number from 0 to 1. */
export const ratio = (fallback: number, description: string) => {
  const read = z
    .string()
    .regex(/^(0(\.\d{1,9})?|1(\.0{1,9})?)$/, 'must be a number from 0 to 1')
    .transform(Number);
  return setting(read, { description, default: String(fallback) });
};

export const oneOf = <const T extends string>(values: readonly T[], told: About) => setting(z.enum(values), told);

/** `true` or `false`. */
export const flag = z.enum(['true', 'false']).transform((text) => text === 'true');

/** Path of a file; empty for none. */
export const file = (description: string) =>
  setting(z.string(), { description, default: '', defaultNote: 'none', example: '' });
