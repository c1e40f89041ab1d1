import { z } from 'zod';
import { pageOf } from './page.js';
import { problem } from './problem.schema.js';
import { acceptance } from './notification-answers.schema.js';
import { at, correlationId, count, offset } from './answer-fields.schema.js';

const letterRecipient = z
  .object({
    session: z.string(),
    user: z.string().optional(),
    state: z
      .enum(['exhausted', 'refused'])
      .meta({ description: '`exhausted`: all attempts were used up; `refused`: the client refused it' }),
    attempts: count,
    reason: z.string().optional().meta({ description: 'Reason that the client gave for refusing it' }),
  })
  .meta({ id: 'DeadLetterRecipient' });

export const deadLetter = z
  .object({
    id: z.string(),
    notification: z.string(),
    topic: z.string(),
    offset,
    type: z.string(),
    data: z.unknown(),
    reason: z.string().meta({ example: 'max_attempts' }),
    attempts: count,
    recipients: z
      .array(letterRecipient)
      .meta({ description: 'Recipients with no attempts left and recipients that refused it, up to 50 of each' }),
    createdAt: at,
    deadAt: at,
    replayedAs: z.string().optional().meta({ description: 'Notification created by the replay' }),
    correlationId,
  })
  .meta({ id: 'DeadLetter' });
export const deadLettersPage = pageOf(deadLetter)
  .extend({ total: count.meta({ description: 'Number of dead letters of the app, regardless of the filter' }) })
  .meta({ id: 'DeadLettersPage' });
export const replayed = acceptance.extend({ replayOf: z.string() }).meta({ id: 'Replayed' });

const letterFailed = z
  .object({ id: z.string(), status: z.int().min(400), problem })
  .meta({ id: 'DeadLetterResultFailed' });
const letterReplayed = z
  .object({
    id: z.string(),
    status: z.literal(202),
    notification: z.string().meta({ description: 'Id of the new notification' }),
  })
  .meta({ id: 'DeadLetterResultReplayed' });
export const replayedMany = z
  .object({
    results: z.array(z.union([letterReplayed, letterFailed])).meta({ description: 'One result for each id, in order' }),
  })
  .meta({ id: 'ReplayedMany' });
const letterDropped = z.object({ id: z.string(), status: z.literal(200) }).meta({ id: 'DeadLetterResultDropped' });
export const droppedMany = z
  .object({
    results: z.array(z.union([letterDropped, letterFailed])).meta({ description: 'One result for each id, in order' }),
  })
  .meta({ id: 'DroppedMany' });

export const dropped = z.object({ id: z.string(), state: z.literal('dropped') }).meta({ id: 'Dropped' });

export type ReplayedMany = z.output<typeof replayedMany>;
export type DroppedMany = z.output<typeof droppedMany>;
export type DeadLetter = z.output<typeof deadLetter>;
export type DeadLettersPage = z.output<typeof deadLettersPage>;
export type Replayed = z.output<typeof replayed>;
export type Dropped = z.output<typeof dropped>;
