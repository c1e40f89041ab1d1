import { count, durationMs, percent, sizeBytes, timerMs } from './setting.js';

const DAY_MS = 86_400_000;

/** Settings of acceptance and delivery. */
export const delivery = {
  acceptQueueMax: count(
    10_000,
    'Maximum accept requests in progress in a process; the `ADMISSION_…_PERCENT` are percentages of it.',
  ),
  admissionLowPercent: percent(
    60,
    'Usage above which low-priority notifications are refused: percentage of the `maxmemory` of Redis, of `ACCEPT_QUEUE_MAX` or of `ADMISSION_LOOP_DELAY_MS`.',
  ),
  admissionNormalPercent: percent(
    70,
    'Usage above which normal-priority notifications are refused; at least `ADMISSION_LOW_PERCENT`.',
  ),
  admissionHighPercent: percent(
    80,
    'Usage above which high-priority notifications are refused; at least `ADMISSION_NORMAL_PERCENT`. The rest is reserved for acknowledgments and jobs.',
  ),
  admissionLoopDelayMs: timerMs(5_000, 'Median event-loop delay over one second that counts as 100 % usage.'),
  tailBytes: sizeBytes(
    67_108_864,
    'Memory for recent frames of topics, from which reconnecting sessions are served.',
    0,
  ),
  ackWaitMs: durationMs(
    30_000,
    'Default ack wait: how long a session may take to acknowledge before the notification is redelivered.',
    100,
    DAY_MS,
  ),
  maxAttempts: count(5, 'Default number of attempts before a delivery becomes a dead letter.', 1, 100),
  maxBackoffMs: durationMs(300_000, 'Maximum wait between two attempts of a delivery.', 100, DAY_MS),
  ttlMs: durationMs(7 * DAY_MS, 'Default lifetime of a notification.', 1, 30 * DAY_MS),
  idempotencyTtlMs: durationMs(DAY_MS, 'How long an idempotency key is remembered.', 1_000),
  recordRetentionMs: durationMs(
    2 * DAY_MS,
    'How long the status of an ended notification is kept; at least `IDEMPOTENCY_TTL_MS`.',
    1_000,
  ),
  deadLetterRetentionMs: durationMs(30 * DAY_MS, 'How long dead letters are kept.', 1_000),
  deadLetterMax: count(
    100_000,
    'Maximum dead letters kept for each app; each of the 64 partitions keeps 1/64 of them, and a topic is in one partition. The oldest are dropped first.',
  ),
  topicMaxOpen: count(10_000, 'Maximum open notifications of a personal topic; more are refused with `topic_full`.'),
  topicMaxEntries: count(1_000, 'Maximum entries in the log of a named topic; the oldest are dropped first.'),
  headsPollMs: timerMs(
    10_000,
    'Interval at which a gateway polls the heads of its topics, in case a hint was lost.',
    50,
  ),
  sweepMs: timerMs(5_000, 'Interval of the sweep, which repairs what a crash left behind.', 50),
  workerSilenceMs: timerMs(
    25_000,
    'How long a worker may poll Redis without an answer before it is replaced. An idle worker polls every 10 s; after an outage a poll may take 20 s.',
    12_000,
  ),
  workerConcurrency: count(20, 'Jobs that one worker runs concurrently.', 1, 500),
};
