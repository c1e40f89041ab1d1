import { z } from 'zod';
import { at, offset, count, errorCode, correlationId } from './answer-fields.schema.js';
import { problem } from './problem.schema.js';
import { NOTIFICATION_STATES } from './terms.js';

export const notificationState = z.enum(NOTIFICATION_STATES).meta({ id: 'NotificationState' });

/** One target of a notification: stored in its topic, refused, or scheduled and not stored yet. */
export const target = z
  .union([
    z
      .object({
        topic: z.string(),
        offset,
        epoch: z.string(),
        online: count.meta({ description: 'Sessions of the topic that were connected when it was stored' }),
      })
      .meta({ id: 'StoredTarget' }),
    z.object({ topic: z.string(), error: errorCode }).meta({ id: 'RefusedTarget' }),
    z.object({ topic: z.string() }).meta({ id: 'ScheduledTarget' }),
  ])
  .meta({ id: 'Target' });

export const acceptance = z.object({ id: z.string(), state: notificationState, targets: z.array(target) });
export const accepted = acceptance.meta({ id: 'Accepted' });

const batchAccepted = acceptance.extend({ status: z.literal(202) }).meta({ id: 'BatchItemAccepted' });
const batchRefused = z.object({ status: z.int().min(400), problem }).meta({ id: 'BatchItemRefused' });
const batchResult = z.union([batchAccepted, batchRefused]).meta({ id: 'BatchResult' });
export const batchAnswer = z
  .object({ results: z.array(batchResult).meta({ description: 'One result for each item, in order' }) })
  .meta({ id: 'BatchAnswer' });

const recipientCounts = z
  .object({
    total: count,
    acked: count,
    pending: count,
    refused: count.optional(),
    left: count.optional().meta({ description: 'Sessions that ended without acknowledging' }),
  })
  .meta({ id: 'RecipientCounts' });

export const notificationStatus = z
  .object({
    id: z.string(),
    state: notificationState,
    type: z.string(),
    createdAt: at,
    expiresAt: at,
    deliverAt: at.optional(),
    targets: z.array(target),
    recipients: recipientCounts,
    attempts: count,
    history: z.array(z.object({ state: z.string(), at }).meta({ id: 'StateChange' })),
    metadata: z.record(z.string(), z.string()).optional(),
    replayOf: z.string().optional().meta({ description: 'The notification whose dead letter was replayed' }),
    correlationId,
    traceparent: z.string().optional().meta({ description: 'Span of the accept request, if it was traced' }),
  })
  .meta({ id: 'NotificationStatus' });

export const cancelled = z
  .object({
    id: z.string(),
    state: notificationState,
    cancelled: count.meta({ description: 'Deliveries that were cancelled' }),
    kept: count.meta({ description: 'Deliveries that were already acknowledged or had ended' }),
  })
  .meta({ id: 'Cancelled' });

const dryRunTarget = z
  .object({
    topic: z.string(),
    head: count,
    subscribers: count.meta({ description: 'Subscribed sessions, connected or not' }),
    online: count.meta({ description: 'Connected sessions' }),
    users: z.array(z.string()).meta({ description: 'Connected users, up to 100' }),
    error: errorCode.optional().meta({ description: 'Code with which this target would refuse it' }),
  })
  .meta({ id: 'DryRunTarget' });

export const dryRun = z
  .object({
    type: z.string(),
    targets: z.array(dryRunTarget),
    recipients: z.object({ sessions: count, online: count }).meta({ id: 'DryRunRecipients' }),
    expiresAt: at,
    deliverAt: at.optional(),
  })
  .meta({ id: 'DryRun' });

export type NotificationState = z.output<typeof notificationState>;
export type Target = z.output<typeof target>;
export type Accepted = z.output<typeof accepted>;
export type BatchAnswer = z.output<typeof batchAnswer>;
export type BatchResult = BatchAnswer['results'][number];
export type NotificationStatus = z.output<typeof notificationStatus>;
export type Cancelled = z.output<typeof cancelled>;
export type DryRun = z.output<typeof dryRun>;
