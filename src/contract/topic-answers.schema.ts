import { z } from 'zod';
import { at, offset, count, correlationId } from './answer-fields.schema.js';
import { pageOf } from './page.js';

export const topicAnswer = z
  .object({
    topic: z.string(),
    epoch: z.string(),
    head: count.meta({ description: 'Highest offset; 0 if the topic is empty' }),
    subscribers: count.meta({ description: 'Subscribed sessions, connected or not' }),
    online: count.meta({ description: 'Connected sessions' }),
  })
  .meta({ id: 'Topic' });

export const historyEntry = z
  .object({
    offset,
    epoch: z.string(),
    id: z.string().optional(),
    type: z.string().optional(),
    data: z.unknown().optional(),
    correlationId,
    traceparent: z.string().optional(),
    tracestate: z.string().optional(),
    at: at.optional(),
    expiresAt: at.optional(),
    gap: z
      .string()
      .optional()
      .meta({ description: 'Reason why this offset no longer has an entry', example: 'expired' }),
  })
  .meta({ id: 'HistoryEntry' });
export const historyPage = pageOf(historyEntry).meta({ id: 'HistoryPage' });

export const presence = z
  .object({
    topic: z.string(),
    users: z.array(z.string()),
    sessions: z.array(z.string()),
  })
  .meta({ id: 'Presence' });

export type TopicAnswer = z.output<typeof topicAnswer>;
export type HistoryEntry = z.output<typeof historyEntry>;
export type HistoryPage = z.output<typeof historyPage>;
export type Presence = z.output<typeof presence>;
