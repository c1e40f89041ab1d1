import { z } from 'zod';
import { pageOf } from './page.js';
import { problem } from './problem.schema.js';
import { NOTIFICATION_STATES, RECIPIENT_STATES, SESSION_STATES } from './terms.js';

export const at = z
  .string()
  .meta({ format: 'date-time', description: 'RFC 3339', example: '2026-03-01T12:00:00.000Z' });
export const offset = z.int().min(1);
export const count = z.int().min(0);
const errorCode = z.string().meta({ description: 'Error code', example: 'topic_full' });

export const correlationId = z
  .string()
  .optional()
  .meta({ description: 'Value of `X-Correlation-Id` when it was published' });

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

export const unacked = z
  .object({
    topic: z.string(),
    offset,
    id: z.string(),
    type: z.string(),
    at,
    expiresAt: at,
    attempts: count,
  })
  .meta({ id: 'Unacked' });
export const unackedPage = pageOf(unacked).meta({ id: 'UnackedPage' });

export const cancelled = z
  .object({
    id: z.string(),
    state: notificationState,
    cancelled: count.meta({ description: 'Deliveries that were cancelled' }),
    kept: count.meta({ description: 'Deliveries that were already acknowledged or had ended' }),
  })
  .meta({ id: 'Cancelled' });

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

export const session = z
  .object({
    id: z.string(),
    user: z.string(),
    state: z.enum(SESSION_STATES),
    node: z.string().optional().meta({ description: 'Node to which it is connected' }),
    topics: z.array(z.string()),
    connectedAt: at.optional(),
    expiresAt: at.optional().meta({ description: 'When a suspended session can no longer be resumed' }),
  })
  .meta({ id: 'Session' });
export const sessionsPage = pageOf(session).meta({ id: 'SessionsPage' });
export const sessionEnded = z.object({ id: z.string(), state: z.literal('expired') }).meta({ id: 'SessionEnded' });

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

export type NotificationState = z.output<typeof notificationState>;
export type Target = z.output<typeof target>;
export type Accepted = z.output<typeof accepted>;
export type BatchAnswer = z.output<typeof batchAnswer>;
export type BatchResult = BatchAnswer['results'][number];
export type NotificationStatus = z.output<typeof notificationStatus>;
export type Receipt = z.output<typeof receipt>;
export type ReceiptsPage = z.output<typeof receiptsPage>;
export type TimelineEvent = z.output<typeof timelineEvent>;
export type TimelinePage = z.output<typeof timelinePage>;
export type DryRun = z.output<typeof dryRun>;
export type Unacked = z.output<typeof unacked>;
export type UnackedPage = z.output<typeof unackedPage>;
export type Cancelled = z.output<typeof cancelled>;
export type TopicAnswer = z.output<typeof topicAnswer>;
export type HistoryEntry = z.output<typeof historyEntry>;
export type HistoryPage = z.output<typeof historyPage>;
export type Presence = z.output<typeof presence>;
export type SessionAnswer = z.output<typeof session>;
export type SessionsPage = z.output<typeof sessionsPage>;
export type SessionEnded = z.output<typeof sessionEnded>;
export type Books = z.output<typeof books>;
