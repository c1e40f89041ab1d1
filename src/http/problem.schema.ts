import { z } from 'zod';
import { ERRORS } from '../errors/postrider.error.js';

/** What every refusal answers. */
export const problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.enum(Object.keys(ERRORS)),
    detail: z.string(),
    retryable: z.boolean(),
    errors: z
      .array(z.object({ field: z.string().meta({ example: 'to.users[3]' }), message: z.string() }))
      .readonly()
      .optional(),
  })
  .meta({ description: 'RFC 9457 problem' });
