import { z } from 'zod';
import { count } from './answer-fields.schema.js';

export const books = z
  .object({
    accepted: count,
    acked: count,
    expired: count,
    cancelled: count,
    dead: count,
    unguarded: count.meta({ description: 'Accepted with `ack: none`' }),
    pending: count.meta({ description: '`accepted` minus all the other counts' }),
    counted: count.meta({ description: 'Open deliveries, counted one by one' }),
    difference: z
      .int()
      .meta({ description: '`pending` minus `counted`; anything but zero means that a delivery was lost' }),
  })
  .meta({ id: 'Books' });

export type Books = z.output<typeof books>;
