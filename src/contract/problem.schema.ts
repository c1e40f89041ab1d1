import { z } from 'zod';
import { ERRORS } from './postrider-error.js';

const fieldError = z
  .object({ field: z.string().meta({ example: 'to.users[3]' }), message: z.string() })
  .meta({ id: 'FieldError' });

/** Answer to every request that is refused or fails. */
export const problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.enum(Object.keys(ERRORS)).meta({ id: 'ErrorCode' }),
    detail: z.string(),
    retryable: z.boolean(),
    errors: z.array(fieldError).readonly().optional(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457 problem' });
