import { z } from 'zod';
import { ERRORS } from './postrider-error.js';
import { GAP_REASONS } from './terms.js';

/**
 * Schema of the `data` of every server frame, by event; `undefined` if the event has none. The
 * documentation is generated from it and tests check every frame against it. Frames may gain
 * fields, so clients must ignore unknown ones.
 */
const topic = z.string().meta({ description: 'Name of the topic', examples: ['user:alice'] });
const offset = z.int().min(0);
const entry = z.int().min(1).meta({ description: 'Position of a notification in its topic: 1, 2, 3 …' });
const epoch = z
  .string()
  .meta({ description: "Identity of the topic's numbering; offsets of different epochs cannot be compared" });
const instant = z.iso.datetime({ offset: true });
const wholeMs = z.int().min(0);
const frameId = z.union([z.string().max(128), z.number()]);
const traceparent = z.string().meta({ description: 'W3C trace context of the publisher, if traces are recorded' });
const acknowledged = { topic, offset: entry.optional(), offsets: z.array(entry).optional() };

export const welcomeData = z.object({
  session: z.string().meta({ description: 'Session id for resuming on any node' }),
  user: z.string(),
  node: z.string(),
  resumed: z.boolean().meta({ description: 'False for a new session; cursors of an earlier one are void' }),
  heartbeatMs: wholeMs.meta({ description: 'Interval after which the server pings a silent socket' }),
  timeoutMs: wholeMs.meta({ description: 'Silence after which either side considers the socket dead' }),
  sessionTtlMs: wholeMs.meta({ description: 'How long a session without a socket can be resumed' }),
  window: z.int().min(1).meta({ description: 'Maximum unacknowledged notifications per topic' }),
  maxFrameBytes: z.int().min(1).meta({ description: 'Largest frame that the server accepts' }),
  serverTimeMs: wholeMs.meta({
    description: 'Server time in milliseconds since 1970, by the clock that decides about tokens and expiry',
  }),
  expiresAt: instant.meta({
    description: 'Expiry of the token; the server closes the socket then unless the token is refreshed',
  }),
});

export const subscribedData = z.object({
  topic,
  epoch,
  offset: offset.meta({ description: 'Head of the topic' }),
  cursor: offset.meta({ description: 'Highest offset acknowledged; everything after it is sent' }),
  recovered: z.boolean().meta({ description: 'True if nothing is missing between cursor and head' }),
});

export const unsubscribedData = z.object({ topic, reason: z.enum(['requested', 'forbidden']) });

export const notificationData = z.object({
  topic,
  offset: entry,
  epoch,
  id: z.string().meta({ description: 'Same id on every delivery; use it to detect duplicates' }),
  type: z.string(),
  data: z.unknown().meta({ description: 'Any JSON, exactly as published' }),
  at: instant.meta({ description: 'Time of acceptance' }),
  expiresAt: instant.optional(),
  attempt: z.int().min(1).meta({ description: 'Attempt number; 1 is certainly the first delivery to this session' }),
  traceparent: traceparent.optional(),
  tracestate: z.string().optional().meta({ description: 'Sent together with `traceparent`, as the publisher sent it' }),
  correlationId: z.string().optional().meta({ description: 'Correlation id of the publisher' }),
});

export const gapData = z.object({
  topic,
  from: offset,
  to: offset.meta({ description: 'Last offset of the gap; these offsets will never come and count as acknowledged' }),
  reason: z.enum(GAP_REASONS),
});

export const goodbyeData = z.object({
  code: z.int().min(1_000).max(4_999).meta({ description: 'Close code that follows' }),
  reason: z.string(),
  reconnect: z.boolean(),
  retryAfterMs: wholeMs,
});

export const errorData = z.object({
  code: z.enum(Object.keys(ERRORS) as [keyof typeof ERRORS]),
  message: z.string().meta({ description: 'Human-readable text; may change' }),
  retryable: z.boolean().meta({ description: 'True if the same request may succeed later' }),
  field: z.string().optional().meta({ description: 'Path of the invalid field' }),
  id: frameId.optional().meta({ description: 'Id of the request' }),
});

export const SERVER_DATA = {
  welcome: welcomeData,
  subscribed: subscribedData,
  unsubscribed: unsubscribedData,
  notification: notificationData,
  gap: gapData,
  acked: z.object(acknowledged),
  nacked: z.object({ topic, offset: entry }),
  published: z.object({
    id: z.string(),
    topic,
    offset: offset.meta({ description: 'Offset in this topic; 0 if it was not stored there' }),
  }),
  presence: z.object({ topic, users: z.array(z.string()), sessions: z.array(z.string()) }),
  refreshed: z.object({ expiresAt: instant }),
  ping: undefined,
  pong: undefined,
  goodbye: goodbyeData,
  error: errorData,
} as const satisfies Record<string, z.ZodObject | undefined>;

export type ServerEvent = keyof typeof SERVER_DATA;
