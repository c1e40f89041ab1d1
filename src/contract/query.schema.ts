import { z } from 'zod';
import { RECIPIENT_STATES } from './terms.js';
import { cursorQuery, limitQuery, pageQuery } from './page.js';

export const receiptsQuery = pageQuery.extend({
  state: z.enum(RECIPIENT_STATES).optional().meta({ description: 'Only these' }),
});

export const deadLettersQuery = pageQuery.extend({
  topic: z.string().max(200).optional().meta({ description: 'Only those of this topic' }),
  type: z.string().max(128).optional().meta({ description: 'Only those of this type' }),
  reason: z.string().max(64).optional().meta({ description: 'Only those that died of this' }),
});

const isOffset = (text: string): boolean => /^\d{1,15}$/.test(text);

const fromQuery = z
  .string()
  .refine(isOffset, 'must be an offset')
  .transform(Number)
  .optional()
  .meta({ description: 'First offset to answer; the oldest one that is kept if not given' });

const historyCursor = cursorQuery
  .pipe(fromQuery)
  .meta({ description: 'The `next` of the page before; the same as `from`' });

/** A history goes on at an offset: `next` of a page may be given back as `from` or, as in other lists, as `cursor`. */
export const historyQuery = z.strictObject({ from: fromQuery, limit: limitQuery, cursor: historyCursor });

export type ReceiptsQuery = z.output<typeof receiptsQuery>;
export type DeadLettersQuery = z.output<typeof deadLettersQuery>;
export type HistoryQuery = z.output<typeof historyQuery>;
