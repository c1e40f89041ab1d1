import { z } from 'zod';
import { PostriderError } from './postrider-error.js';
import { parse } from './parse.js';
import { type Place, readJson } from './json/json-reader.js';
import { wholeText } from './whole-text.js';
import { isTopicName } from './topic-name.js';

/** Client-chosen id of a request, repeated in its answer. */
export type FrameId = string | number;

/** Frame of a client with its `data` still unread. */
export interface ClientFrame {
  readonly event: string;
  readonly data: unknown;
  readonly id?: FrameId;
}

const MAX_ID_LENGTH = 128;
const MAX_SELECTIVE = 1_024;
const MAX_TRACEPARENTS = 16;
const TRACEPARENT = /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

/** Parts of a frame that pass through unchanged: the published data and the id of the request. */
const FRAME: Place = { members: { id: 'exact', data: { members: { data: 'text' } } } };
const FRAMES: Place = { ...FRAME, items: FRAME };

/**
 * Reads a text frame: one frame or an array of them.
 * @throws PostriderError `malformed_frame`; its detail never repeats the text.
 */
export function readFrames(text: string): ClientFrame[] {
  let parsed: unknown;
  try {
    parsed = readJson(text, FRAMES);
  } catch (cause) {
    if (!(cause instanceof PostriderError))
      throw new PostriderError('malformed_frame', 'A frame must be JSON.', { cause });
    throw new PostriderError('malformed_frame', cause.detail, { ...(cause.errors && { errors: cause.errors }) });
  }
  const list: unknown[] = Array.isArray(parsed) ? parsed : [parsed];
  if (list.length === 0) throw new PostriderError('malformed_frame', 'A frame must not be an empty array.');
  return list.map(readFrame);
}

function readFrame(value: unknown): ClientFrame {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new PostriderError('malformed_frame', 'A frame must be an object.');
  }
  const { event, data, id } = value as Record<string, unknown>;
  if (typeof event !== 'string' || event.length === 0) {
    throw new PostriderError('malformed_frame', 'event must be a string.', { field: 'event' });
  }
  if (id === undefined) return { event, data };
  if (
    (typeof id === 'string' && id.length <= MAX_ID_LENGTH) ||
    (typeof id === 'number' && Number.isFinite(id) && Math.abs(id) <= Number.MAX_SAFE_INTEGER)
  ) {
    return { event, data, id };
  }
  throw new PostriderError(
    'malformed_frame',
    `id must be a number of at most 2^53 - 1 or a string of up to ${MAX_ID_LENGTH} characters.`,
    {
      field: 'id',
    },
  );
}

const ACK_START = '{"event":"ack","data":{"topic":"';
const ACK_OFFSET = '","offset":';
const ACK_END = '}}';
const OFFSET_DIGITS = /^[1-9]\d{0,14}$/;

/**
 * Reads the most frequent frame without a parser: a cumulative ack without `id` or white space.
 * @returns undefined for any other text; `readFrames` reads that.
 */
export function readPlainAck(text: string): CumulativeAck | undefined {
  if (!text.startsWith(ACK_START) || !text.endsWith(ACK_END)) return undefined;
  const end = text.indexOf('"', ACK_START.length);
  const name = text.slice(ACK_START.length, end);
  if (!text.startsWith(ACK_OFFSET, end) || name.includes('\\')) return undefined;
  const digits = text.slice(end + ACK_OFFSET.length, -ACK_END.length);
  return OFFSET_DIGITS.test(digits) ? { topic: name, offset: Number(digits) } : undefined;
}

const topic = z
  .string()
  .refine(isTopicName, 'is not a valid topic name')
  .meta({ description: 'Name of the topic', examples: ['user:alice'] });
const offset = z.int().min(1);

const helloData = z.object({
  token: z.string().max(16_384).optional(),
  session: z.string().max(128).optional().meta({ description: 'Session to resume' }),
  window: z.int().min(1).max(1_024).optional().meta({ description: 'Maximum unacknowledged notifications per topic' }),
  client: z.unknown().optional().meta({ description: 'Any value; the server ignores it' }),
});

const subscribeData = z
  .object({
    topic,
    offset: z
      .int()
      .min(0)
      .optional()
      .meta({ description: 'Send again everything after this offset; requires `epoch`' }),
    epoch: z.string().max(64).optional(),
    lastId: z
      .string()
      .max(64)
      .optional()
      .meta({ description: 'Id of the notification seen at `offset`; after a failover another one may be there' }),
    rewind: z
      .int()
      .min(1)
      .max(1_000_000)
      .optional()
      .meta({ description: 'Send the last n notifications; replaces `offset`' }),
  })
  .refine((data) => data.offset === undefined || data.rewind === undefined, {
    path: ['rewind'],
    error: 'must not be given together with offset',
  })
  .refine((data) => (data.offset === undefined) === (data.epoch === undefined), {
    path: ['epoch'],
    error: 'must be given together with offset',
  });

const topicData = z.object({ topic });

const nackData = z.object({
  topic,
  offset,
  delayMs: z
    .int()
    .min(0)
    .max(86_400_000)
    .optional()
    .meta({ description: 'Wait before the redelivery; by default it grows with each attempt' }),
  reason: wholeText.max(256).optional(),
  terminate: z
    .boolean()
    .optional()
    .meta({ description: 'True to stop redelivery to this session and dead-letter the notification' }),
});

const publishData = z.object({
  topic,
  type: z.unknown(),
  data: z.unknown(),
  key: z
    .string()
    .regex(/^[\x21-\x7e]{1,128}$/, 'must be 1 to 128 visible ASCII characters')
    .optional()
    .meta({ description: 'Idempotency key: requests with the same key publish once' }),
});

const refreshData = z.object({ token: z.string().max(16_384) });

const reader =
  <S extends z.ZodType>(schema: S) =>
  (data: unknown): z.output<S> =>
    parse(schema, data ?? {}, '');

export const readHello = reader(helloData);
export const readSubscribe = reader(subscribeData);
export const readTopic = reader(topicData);
export const readNack = reader(nackData);
export const readPublish = reader(publishData);
export const readRefresh = reader(refreshData);

interface Acknowledgement {
  readonly topic: string;
  /** Trace contexts of the client's spans for the notifications it acknowledges. */
  readonly traceparents?: readonly string[];
}

/** Acknowledges everything up to an offset. */
export interface CumulativeAck extends Acknowledgement {
  readonly offset: number;
}

/** Acknowledges exactly these offsets. */
export interface SelectiveAck extends Acknowledgement {
  readonly offsets: readonly number[];
}

export type AckData = CumulativeAck | SelectiveAck;

/** Hand-written instead of a schema, because acks are as frequent as notifications. */
export function readAck(data: unknown): AckData {
  if (typeof data !== 'object' || data === null) throw invalid('data', 'must be an object');
  const { topic: name, offset: upTo, offsets, traceparents } = data as Record<string, unknown>;
  if (typeof name !== 'string') throw invalid('topic', 'must be a string');
  if (upTo !== undefined && offsets !== undefined) throw invalid('offsets', 'must not be given together with offset');
  if (upTo !== undefined) {
    if (!isOffset(upTo)) throw invalid('offset', 'must be a whole number from 1');
    return { topic: name, offset: upTo, ...spansOf(traceparents) };
  }
  if (!Array.isArray(offsets) || offsets.length === 0 || offsets.length > MAX_SELECTIVE || !offsets.every(isOffset)) {
    throw invalid('offsets', `must be 1 to ${MAX_SELECTIVE} whole numbers from 1 if offset is missing`);
  }
  return { topic: name, offsets: offsets.filter(isOffset), ...spansOf(traceparents) };
}

function spansOf(given: unknown): Pick<AckData, 'traceparents'> | undefined {
  if (given === undefined) return undefined;
  if (!Array.isArray(given) || given.length > MAX_TRACEPARENTS || !given.every(isTraceparent)) {
    throw invalid('traceparents', `must be at most ${MAX_TRACEPARENTS} traceparents (W3C Trace Context)`);
  }
  return { traceparents: given.filter(isTraceparent) };
}

const isTraceparent = (value: unknown): value is string => typeof value === 'string' && TRACEPARENT.test(value);

const isOffset = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 1;

const invalid = (field: string, message: string): PostriderError =>
  new PostriderError('invalid_request', `${field} ${message}.`, { field });

/** Documents what `readAck` reads. */
const ackData = z.object({
  topic,
  offset: offset.optional().meta({ description: 'Acknowledges everything up to this offset' }),
  offsets: z
    .array(offset)
    .min(1)
    .max(MAX_SELECTIVE)
    .optional()
    .meta({ description: 'Acknowledges exactly these offsets; replaces `offset`' }),
  traceparents: z
    .array(z.string())
    .optional()
    .meta({ description: 'Trace contexts of the acknowledged notifications' }),
});

/** Schema of the `data` of every client frame, by event; `undefined` if the event has none. */
export const CLIENT_DATA = {
  hello: helloData,
  subscribe: subscribeData,
  unsubscribe: topicData,
  ack: ackData,
  nack: nackData,
  publish: publishData,
  presence: topicData,
  refresh: refreshData,
  ping: undefined,
  pong: undefined,
} as const satisfies Record<string, z.ZodObject | undefined>;

export type ClientEvent = keyof typeof CLIENT_DATA;
