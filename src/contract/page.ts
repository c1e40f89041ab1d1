import { z } from 'zod';
import { PostriderError } from './postrider-error.js';

const MAX_ITEMS = 1_000;
const DEFAULT_ITEMS = 100;

const isLimit = (text: string): boolean => /^\d{1,4}$/.test(text) && Number(text) >= 1 && Number(text) <= MAX_ITEMS;

/** Query `limit`: maximum number of items on a page. */
export const limitQuery = z
  .string()
  .refine(isLimit, `must be a whole number from 1 to ${MAX_ITEMS}`)
  .transform(Number)
  .default(DEFAULT_ITEMS)
  .meta({ description: `Maximum number of items, 1 to ${MAX_ITEMS}; default ${DEFAULT_ITEMS}.` });

/** Query `cursor`: the `next` of the previous page. */
export const cursorQuery = z
  .string()
  .max(1_024)
  .optional()
  .meta({ description: 'Opaque `next` of the previous page.' });

export const pageQuery = z.strictObject({ limit: limitQuery, cursor: cursorQuery });
export type PageQuery = z.output<typeof pageQuery>;

/** Answer of every list; `next` is null on the last page. */
export interface Page<T> {
  items: T[];
  next: string | null;
}

export const pageOf = <S extends z.ZodType>(item: S) =>
  z.object({
    items: z.array(item),
    next: z.string().nullable().meta({ description: 'Opaque cursor of the next page; null on the last page.' }),
  });

/** Packs a position into an opaque cursor. */
export const encodeCursor = (position: unknown): string => Buffer.from(JSON.stringify(position)).toString('base64url');

/** @throws PostriderError `invalid_request` naming `cursor` if this list did not issue it. */
export function decodeCursor<S extends z.ZodType>(cursor: string, position: S): z.output<S> {
  const parsed = position.safeParse(jsonOf(Buffer.from(cursor, 'base64url').toString()));
  if (parsed.success) return parsed.data;
  throw new PostriderError(
    'invalid_request',
    'cursor does not belong to this list; pass the `next` of its previous page.',
    { field: 'cursor' },
  );
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON, so not a cursor: the position schema refuses undefined.
    return undefined;
  }
}
