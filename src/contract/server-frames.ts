import { z } from 'zod';
import { ERRORS } from './postrider-error.js';
import { GAP_REASONS } from './terms.js';

/**
 * The `data` of every frame that the server sends, by event; `undefined` where it has none. What is documented is made of
 * this, and every frame that a test receives is held against it. Frames may gain fields, so a reader takes further ones.
 */
const topic = z.string().meta({ description: 'Name of the topic', examples: ['user:alice'] });
const offset = z.int().min(0);
const entry = z.int().min(1).meta({ description: 'Number of a notification in its topic: 1, 2, 3 …' });
const epoch = z
  .string()
  .meta({ description: 'Identity of the numbering of the topic; offsets of two epochs say nothing of each other' });
const instant = z.iso.datetime({ offset: true });
const wholeMs = z.int().min(0);
const frameId = z.union([z.string().max(128), z.number()]);
const traceparent = z.string().meta({ description: 'W3C Trace Context of its publisher, where traces are kept' });
const acknowledged = { topic, offset: entry.optional(), offsets: z.array(entry).optional() };

export const welcomeData = z.object({
  session: z.string().meta({ description: 'To resume with, on any node' }),
  user: z.string(),
  node: z.string(),
  resumed: z.boolean().meta({ description: 'False: it is a new session, and cursors of an old one are void' }),
  heartbeatMs: wholeMs.meta({ description: 'The server pings a socket that has been silent for this long' }),
  timeoutMs: wholeMs.meta({ description: 'A socket that is silent for this long is dead, for either side' }),
  sessionTtlMs: wholeMs.meta({ description: 'How long a session without a socket can be resumed' }),
  window: z.int().min(1).meta({ description: 'Most unacknowledged notifications of a topic' }),
  maxFrameBytes: z.int().min(1).meta({ description: 'Largest frame that the server takes' }),
  serverTimeMs: wholeMs.meta({
    description: 'Now, in milliseconds since 1970, by the clock that judges tokens and expiry',
  }),
  expiresAt: instant.meta({ description: 'When the token ends: the socket is closed then unless it is refreshed' }),
});

export const subscribedData = z.object({
  topic,
  epoch,
  offset: offset.meta({ description: 'Head of the topic' }),
  cursor: offset.meta({ description: 'Acknowledged up to here; what follows is sent' }),
  recovered: z.boolean().meta({ description: 'Nothing is missing between cursor and head' }),
});

export const unsubscribedData = z.object({ topic, reason: z.enum(['requested', 'forbidden']) });

export const notificationData = z.object({
  topic,
  offset: entry,
  epoch,
  id: z.string().meta({ description: 'The same on every delivery: what to tell duplicates by' }),
  type: z.string(),
  data: z.unknown().meta({ description: 'Any JSON, as it was published' }),
  at: instant.meta({ description: 'When it was accepted' }),
  expiresAt: instant.optional(),
  attempt: z.int().min(1).meta({ description: '1 is certainly the first delivery to this session' }),
  traceparent: traceparent.optional(),
  tracestate: z.string().optional().meta({ description: 'Comes with `traceparent`, as its publisher sent it' }),
  correlationId: z.string().optional().meta({ description: 'As given by its publisher' }),
});

export const gapData = z.object({
  topic,
  from: offset,
  to: offset.meta({ description: 'These offsets will never come; they count as acknowledged' }),
  reason: z.enum(GAP_REASONS),
});

export const goodbyeData = z.object({
  code: z.int().min(1_000).max(4_999).meta({ description: 'The close code that follows' }),
  reason: z.string(),
  reconnect: z.boolean(),
  retryAfterMs: wholeMs,
});

export const errorData = z.object({
  code: z.enum(Object.keys(ERRORS) as [keyof typeof ERRORS]),
  message: z.string().meta({ description: 'For a person to read; may change' }),
  retryable: z.boolean().meta({ description: 'Whether the same request may succeed later' }),
  field: z.string().optional().meta({ description: 'Path of the field at fault' }),
  id: frameId.optional().meta({ description: 'Of the request' }),
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
    offset: offset.meta({ description: '0: it was not stored in this topic' }),
  }),
  presence: z.object({ topic, users: z.array(z.string()), sessions: z.array(z.string()) }),
  refreshed: z.object({ expiresAt: instant }),
  ping: undefined,
  pong: undefined,
  goodbye: goodbyeData,
  error: errorData,
} as const satisfies Record<string, z.ZodObject | undefined>;

export type ServerEvent = keyof typeof SERVER_DATA;
