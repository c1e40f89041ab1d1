import { z } from 'zod';
import { PostriderError } from './postrider-error.js';

const MAX_ITEMS = 1_000;
const DEFAULT_ITEMS = 100;

const isLimit = (text: string): boolean => /^\d{1,4}$/.test(text) && Number(text) >= 1 && Number(text) <= MAX_ITEMS;

/** Query `limit`: how many items a page may have. */
export const limitQuery = z
  .string()
  .refine(isLimit, `must be a whole number from 1 to ${MAX_ITEMS}`)
  .transform(Number)
  .default(DEFAULT_ITEMS)
  .meta({ description: `How many items to answer at most, 1 to ${MAX_ITEMS}; ${DEFAULT_ITEMS} if not given.` });

/** Query `cursor`: the `next` of the page before. */
export const cursorQuery = z
  .string()
  .max(1_024)
  .optional()
  .meta({ description: 'The `next` of the page before; opaque.' });

export const pageQuery = z.strictObject({ limit: limitQuery, cursor: cursorQuery });
export type PageQuery = z.output<typeof pageQuery>;

/** What every list answers; `next` is null on the last page. */
export interface Page<T> {
  items: T[];
  next: string | null;
}

export const pageOf = <S extends z.ZodType>(item: S) =>
  z.object({
    items: z.array(item),
    next: z.string().nullable().meta({ description: '`cursor` of the next page; null on the last.' }),
  });

/** Packs a position into an opaque cursor. */
export const encodeCursor = (position: unknown): string => Buffer.from(JSON.stringify(position)).toString('base64url');

/** @throws PostriderError `invalid_request` naming `cursor` where it was not made by `encodeCursor` for this list. */
export function decodeCursor<S extends z.ZodType>(cursor: string, position: S): z.output<S> {
  const parsed = position.safeParse(jsonOf(Buffer.from(cursor, 'base64url').toString()));
  if (parsed.success) return parsed.data;
  throw new PostriderError('invalid_request', 'cursor is not one of this list.', { field: 'cursor' });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON, so not a cursor: the schema of the position refuses undefined.
    return undefined;
  }
}
