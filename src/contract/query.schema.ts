import { z } from 'zod';
import { RECIPIENT_STATES } from './terms.js';
import { cursorQuery, limitQuery, pageQuery } from './page.js';

export const receiptsQuery = pageQuery.extend({
  state: z.enum(RECIPIENT_STATES).optional().meta({ description: 'Return only recipients in this state' }),
});

export const deadLettersQuery = pageQuery.extend({
  topic: z.string().max(200).optional().meta({ description: 'Return only dead letters of this topic' }),
  type: z.string().max(128).optional().meta({ description: 'Return only dead letters of this type' }),
  reason: z.string().max(64).optional().meta({ description: 'Return only dead letters with this reason' }),
});

const isOffset = (text: string): boolean => /^\d{1,15}$/.test(text);

const fromQuery = z
  .string()
  .refine(isOffset, 'must be a whole number')
  .transform(Number)
  .optional()
  .meta({ description: 'First offset to return; default: the oldest that is kept' });

const historyCursor = cursorQuery
  .pipe(fromQuery)
  .meta({ description: 'The `next` of the previous page; same as `from`' });

/**
 * A history continues at an offset: `next` is accepted as `from` and, as in other lists, as
 * `cursor`.
 */
export const historyQuery = z.strictObject({ from: fromQuery, limit: limitQuery, cursor: historyCursor });

export type ReceiptsQuery = z.output<typeof receiptsQuery>;
export type DeadLettersQuery = z.output<typeof deadLettersQuery>;
export type HistoryQuery = z.output<typeof historyQuery>;
