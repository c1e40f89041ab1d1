import { z } from 'zod';
import { ACK_POLICIES, PRIORITIES } from './terms.js';
import { PostriderError } from './postrider-error.js';
import { alternatives } from './alternatives.js';
import { instant } from './instant.schema.js';
import { wholeText } from './whole-text.js';
import { JsonText } from './json/json-text.js';
import { shortcuts } from './parse.js';
import { isTopicName, isUserId } from './topic-name.js';
import { usualNotification } from './usual-notification.js';

const DAY_MS = 86_400_000;
const YEAR_MS = 366 * DAY_MS;
const MAX_DATA_DEPTH = 256;
const PAST_TOLERANCE_MS = 1_000;

const TARGETS = ['user', 'users', 'topic', 'topics', 'session', 'all'] as const;

/** Text of 1 to `max` characters without control characters. */
const line = (max: number) =>
  wholeText
    .min(1)
    .max(max)
    .refine((text) => !/\p{Cc}/u.test(text), 'must not have control characters');

const wholeMs = (min: number, max: number) => z.int().min(min).max(max);

export const userId = z
  .string()
  .refine(isUserId, 'must be 1 to 128 characters of A-Z a-z 0-9 . _ : @ | + = ~ -')
  .meta({ description: '1 to 128 characters of `A-Z a-z 0-9 . _ : @ | + = ~ -`', example: 'alice' });

export const topicName = z.string().refine(isTopicName, 'is not a valid topic name').meta({
  description: 'Up to 200 characters of `A-Z a-z 0-9 . _ : @ | + = ~ -`, beginning with a letter or digit',
  example: 'orders.eu',
});

/** Id that Postrider made, of a notification or a session. */
export const resourceId = z
  .string()
  .refine((text) => /^[A-Za-z0-9._:~-]{1,128}$/.test(text), 'must be a valid id')
  .meta({ description: 'Id returned by Postrider' });

/** Id of a dead letter: the id of its notification, followed by the topic if it had several. */
export const letterId = z
  .string()
  .refine((text) => /^[A-Za-z0-9._:@|+=~-]{1,300}$/.test(text), 'must be a valid id')
  .meta({ description: 'Id as listed' });

const to = z
  .strictObject({
    user: userId.optional(),
    users: z.array(userId).min(1).max(1_000).optional(),
    topic: topicName.optional(),
    topics: z.array(topicName).min(1).max(100).optional(),
    session: resourceId.optional(),
    all: z.literal(true).optional(),
  })
  .refine((targets) => TARGETS.filter((name) => targets[name] !== undefined).length === 1, {
    error: `must have exactly one of ${TARGETS.join(', ')}`,
  })
  .meta({
    id: 'NotificationTo',
    description:
      'Recipients: exactly one of `user` (an id), `users` (up to 1000), `topic` (a name), `topics` (up to 100), ' +
      '`session` (an id) and `all` (true)',
  });
alternatives.add(to);

const data = z
  .unknown()
  .refine((value): boolean => value !== undefined, 'is required')
  .refine(
    (value) => (value instanceof JsonText ? value.depth <= MAX_DATA_DEPTH : isShallow(value)),
    `is nested more than ${MAX_DATA_DEPTH} levels deep`,
  )
  .meta({ description: 'Any JSON up to `DATA_MAX_BYTES`', example: { order: 4711 } });

export const ackPolicy = z.enum(ACK_POLICIES).meta({ id: 'AckPolicy' });
export const priority = z.enum(PRIORITIES).meta({ id: 'Priority' });

const escalation = z
  .strictObject({
    afterMs: wholeMs(1, 30 * DAY_MS).meta({ description: 'Time since acceptance' }),
    via: line(256).meta({ description: 'Name of an escalation channel' }),
  })
  .meta({ id: 'Escalation' });

const example = {
  to: { user: 'alice' },
  type: 'order.shipped',
  data: { order: 4711 },
  ack: 'any',
  ttlMs: DAY_MS,
  metadata: { shop: 'eu-1' },
};

/**
 * Body of `POST /v1/notifications`; its `data` may be a `JsonText`. The service fills in defaults
 * from its settings.
 */
export const notificationBody = z
  .strictObject({
    to,
    type: line(128).meta({
      description: 'Type of notification, 1 to 128 characters without control characters',
      example: 'order.shipped',
    }),
    data,
    ack: ackPolicy.optional().meta({
      description:
        'Acknowledgment policy. `any`: the first ack is enough (default for users and sessions); `all`: every recipient must acknowledge; `none`: no ack is expected and nothing is redelivered (default for topics)',
    }),
    ackWaitMs: wholeMs(100, DAY_MS)
      .optional()
      .meta({ description: 'Wait for an ack before each redelivery, 100 ms to one day; default `ACK_WAIT_MS`' }),
    maxAttempts: z
      .int()
      .min(1)
      .max(100)
      .optional()
      .meta({ description: 'Attempts before it is dead-lettered, 1 to 100; default `MAX_ATTEMPTS`' }),
    ttlMs: wholeMs(1, 30 * DAY_MS)
      .optional()
      .meta({ description: 'Lifetime from acceptance or release, up to 30 days; default `TTL_MS`' }),
    deliverAt: instant.optional().meta({ description: 'Delivery time, RFC 3339, up to a year ahead' }),
    delayMs: wholeMs(0, YEAR_MS).optional().meta({ description: 'Delay before delivery; replaces `deliverAt`' }),
    priority: priority.optional().meta({
      description:
        '`high`, `normal` (default) or `low`: the order in which topics share a busy socket. The order within a topic never changes',
    }),
    collapseKey: line(128).optional().meta({
      description: 'Replaces the previous notification with this key in the topic, unless it has been acknowledged',
    }),
    escalate: z
      .array(escalation)
      .max(10)
      .optional()
      .meta({
        description:
          'Escalation while nobody acknowledges: up to 10 of `{afterMs, via}`, `via` being the name of an escalation channel. ' +
          'Not available yet: refused with `invalid_request`',
      }),
    metadata: z
      .record(line(64), wholeText.max(512))
      .refine((entries) => Object.keys(entries).length <= 32, 'has more than 32 entries')
      .optional()
      .meta({ description: 'Up to 32 strings; returned with the status, never sent to clients' }),
  })
  .refine(({ deliverAt, delayMs }) => deliverAt === undefined || delayMs === undefined, {
    path: ['delayMs'],
    error: 'must not be given together with deliverAt',
  })
  .meta({ id: 'Notification', example, not: { required: ['delayMs', 'deliverAt'] } });
shortcuts.set(notificationBody, (value) => usualNotification(value, MAX_DATA_DEPTH));

/**
 * Body of `POST /v1/notifications/batch`. Items are read one by one, so that each has its own
 * answer.
 */
export const batchBody = z
  .strictObject({
    notifications: z
      .array(z.unknown().meta({ $ref: '#/components/schemas/Notification' }))
      .min(1)
      .max(1_000)
      .meta({ description: 'Notifications, each as in `POST /v1/notifications`' }),
  })
  .meta({
    id: 'Batch',
    example: {
      notifications: [
        { to: { user: 'alice' }, type: 'order.shipped', data: { order: 4711 } },
        { to: { topic: 'orders.eu' }, type: 'order.shipped', data: { order: 4711 } },
      ],
    },
  });

/** Body of a request for many dead letters. */
export const lettersBody = z
  .strictObject({
    ids: z.array(letterId).min(1).max(100).meta({ description: 'Ids as listed, up to 100' }),
  })
  .meta({ id: 'DeadLetterIds', example: { ids: ['smmh2k0p1q7f3x9b2de0a', 'smmh2k0p1r8g4y0c3ef0a'] } });

export type LettersBody = z.output<typeof lettersBody>;
export type NotificationBody = z.output<typeof notificationBody>;
export type BatchBody = z.output<typeof batchBody>;
export type NotificationTarget = NotificationBody['to'];

/**
 * Refuses a `deliverAt` that is past or too far ahead. Separate from the schema, because a repeated
 * request must get its first answer even after that time.
 * @throws PostriderError `invalid_request` naming `deliverAt`.
 */
export function requireDate({ deliverAt }: Pick<NotificationBody, 'deliverAt'>, nowMs: number): void {
  if (deliverAt === undefined) return;
  const inMs = Date.parse(deliverAt) - nowMs;
  const refuse = (fault: string): never => {
    throw new PostriderError('invalid_request', `deliverAt ${fault}.`, { field: 'deliverAt' });
  };
  if (inMs < -PAST_TOLERANCE_MS) refuse('must not be in the past');
  if (inMs > YEAR_MS) refuse('must be at most a year ahead');
}

/** Checks, level by level and without recursion, that JSON is not too deep for its readers. */
function isShallow(value: unknown): boolean {
  let level: object[] = containersIn([value]);
  for (let depth = 0; level.length > 0; depth++) {
    if (depth === MAX_DATA_DEPTH) return false;
    level = level.flatMap((container) => containersIn(Object.values(container)));
  }
  return true;
}

const containersIn = (values: unknown[]): object[] =>
  values.filter((value) => typeof value === 'object' && value !== null);

/** Body with `data` as JavaScript reads it. */
export const plain = (body: NotificationBody): NotificationBody =>
  body.data instanceof JsonText ? { ...body, data: body.data.value } : body;
