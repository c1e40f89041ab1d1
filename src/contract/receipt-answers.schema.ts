import { z } from 'zod';
import { at, count } from './answer-fields.schema.js';
import { pageOf } from './page.js';
import { RECIPIENT_STATES } from './terms.js';

export const receipt = z
  .object({
    topic: z.string(),
    session: z.string(),
    user: z.string().optional(),
    state: z.enum(RECIPIENT_STATES),
    reason: z.string().optional().meta({ description: 'Reason that the client gave for refusing it' }),
  })
  .meta({ id: 'Receipt' });
export const receiptsPage = pageOf(receipt).meta({ id: 'ReceiptsPage' });

export const timelineEvent = z
  .object({
    at,
    event: z.enum(['scheduled', 'accepted', 'redelivered', 'nacked', 'acknowledged', 'expired', 'dead', 'cancelled']),
    topic: z.string().optional(),
    online: count.optional().meta({ description: 'Sessions of the topic that were connected when it was accepted' }),
    guarded: z.boolean().optional().meta({ description: 'True if it is redelivered until it is acknowledged' }),
    attempt: count
      .optional()
      .meta({ description: 'Number of the attempt that was sent or refused, or of the last one' }),
    session: z.string().optional().meta({ description: 'Session whose acknowledgment ended the delivery' }),
    acked: count.optional().meta({ description: 'Recipients that had acknowledged it when it ended' }),
    recipients: count.optional().meta({ description: 'Recipients in total' }),
    reason: z.string().optional(),
  })
  .meta({ id: 'TimelineEvent' });
export const timelinePage = pageOf(timelineEvent).meta({ id: 'TimelinePage' });

export type Receipt = z.output<typeof receipt>;
export type ReceiptsPage = z.output<typeof receiptsPage>;
export type TimelineEvent = z.output<typeof timelineEvent>;
export type TimelinePage = z.output<typeof timelinePage>;
