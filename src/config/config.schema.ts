import { availableParallelism, hostname } from 'node:os';
import { z } from 'zod';
import { access } from './access.schema.js';
import { limits, listeners, redisTls } from './edge-settings.js';
import { MIN_SECRET_LENGTH, adminKeys } from './key-lists.js';
import { networks } from './network-list.js';
import { origins } from './origin-list.js';
import { parseRedisUrl } from './redis-url.js';
import { count, durationMs, oneOf, percent, setting, sizeBytes, timerMs } from './setting.js';
import { tracing } from './tracing.schema.js';

const DAY_MS = 86_400_000;
const HOST_NAME = hostname()
  .replace(/[^A-Za-z0-9._-]/g, '-')
  .slice(0, 48);

export const ROLE_NAMES = ['api', 'gateway', 'worker'] as const;
export type Role = (typeof ROLE_NAMES)[number];

const roles = z.string().transform((list, context): ReadonlySet<Role> => {
  const names = list.split(',').map((name) => name.trim());
  const unknown = names.filter((name) => !ROLE_NAMES.some((role) => role === name));
  if (unknown.length > 0) context.addIssue(`must be a comma-separated list of ${ROLE_NAMES.join(', ')}`);
  return new Set(ROLE_NAMES.filter((role) => names.includes(role)));
});

const processes = z
  .string()
  .regex(/^(auto|[1-9]\d{0,2})$/, 'must be auto or a whole number from 1 to 999')
  .transform((text) => (text === 'auto' ? availableParallelism() : Number(text)));

/** How sure a `202` is: executed by Redis, or also held by `replicas` of its replicas. */
export type Confirm = { mode: 'local' } | { mode: 'replicated'; replicas: number };

const confirm = z
  .string()
  .regex(/^(local|replicated:[1-9])$/, 'must be local or replicated:<1-9>')
  .transform((text): Confirm => {
    const [mode, replicas] = text.split(':');
    return mode === 'local' ? { mode: 'local' } : { mode: 'replicated', replicas: Number(replicas) };
  });

const flag = z.enum(['true', 'false']).transform((text) => text === 'true');

const redisUrl = z.string().superRefine((url, context) => {
  try {
    parseRedisUrl(url);
  } catch (error) {
    const why = error instanceof TypeError ? error.message : 'cannot be read';
    context.addIssue(`${why}. docs/configuration.md has the forms of this URL`);
  }
});

const node = {
  nodeEnv: oneOf(['production', 'development', 'test'], {
    description:
      'What kind of run this is; the image sets `production`. Only `production` requires secrets of at least ' +
      `${MIN_SECRET_LENGTH} characters and turns \`WS_QUERY_TOKEN\` off by default.`,
    default: 'development',
  }),
  port: count(
    3000,
    'TCP port of REST, sockets and health, and of metrics where there is no `ADMIN_PORT`; 0 takes a free one.',
    0,
    65_535,
  ),
  ...listeners,
  trustedProxies: setting(networks(), {
    description:
      'Addresses and networks of proxies, comma-separated, whose `X-Forwarded-For` names the client; of others it is ignored.',
    default: '',
    defaultNote: 'none',
  }),
  roles: setting(roles, { description: 'What this process does, comma-separated.', default: ROLE_NAMES.join(',') }),
  processes: setting(processes, {
    description:
      'Processes that share the port, each a node of its own; `auto`: as many as there are processor cores. See docs/scaling.md.',
    default: '1',
  }),
  nodeId: setting(z.string().regex(/^[A-Za-z0-9._-]{1,64}$/, 'must be 1 to 64 of A-Z a-z 0-9 . _ -'), {
    description:
      'Name of this process among the nodes; must be unique. With several `PROCESSES` each has `-1`, `-2` … behind it.',
    default: `${HOST_NAME}-${process.pid}`,
    defaultNote: 'host name and process id',
  }),
  logLevel: oneOf(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
    description: 'Least severity that is logged.',
    default: 'info',
  }),
  logEventsPerSecond: count(200, 'Most lines a second of one event; the next tells how many were dropped.'),
};

const redis = {
  redisUrl: setting(redisUrl, {
    description:
      'Where Redis is: `redis://user:password@host:6379/0`, `rediss://…` (TLS), `redis+sentinel://h1:26379,h2:26379/<primary>?db=0` ' +
      'or `redis+cluster://h1:6379,h2:6379`; `rediss+sentinel` and `rediss+cluster` use TLS. User and password are percent-encoded. Sentinels are ' +
      'told the same user and password if they ask for any, or those of `?sentinelUsername=…&sentinelPassword=…`.',
    example: 'redis://127.0.0.1:6379/0',
  }),
  ...redisTls,
  keyPrefix: setting(z.string().regex(/^[A-Za-z0-9_-]{1,32}$/, 'must be 1 to 32 of A-Z a-z 0-9 _ -'), {
    description: 'First part of every Redis key, so that several installations may share one Redis.',
    default: 'pr',
  }),
  bootRedisWaitMs: timerMs(30_000, 'How long a starting process waits for Redis before it gives up.'),
  redisWatchMs: timerMs(1_000, 'How often Redis is asked how full it is and whether it is set up safely.', 50),
  clockOffsetMaxMs: durationMs(5_000, 'How far from Redis the clock of a node may be before that is told of.', 100),
};

const pages = {
  adminKeys: setting(adminKeys, {
    description:
      'Who may sign in to the console and call REST for any app (header `Postrider-App`): a comma-separated list of `name:key`; ' +
      'a key has up to 256 characters, in production at least 16. `API_KEYS_FILE` may hold further ones.',
    default: '',
    defaultNote: 'none',
  }),
  sampleMs: timerMs(
    5_000,
    'How often each process tells the console how it does; figures of the whole installation come at most every `SWEEP_MS`. 0 tells nothing.',
    0,
  ),
  demo: setting(flag.optional(), {
    description:
      'Whether `POST /demo/access` gives anybody a stage of their own in the app `postrider.demo`, for the demo at `/`.',
    defaultNote: '`false` in production, else `true`',
  }),
};

const delivery = {
  confirm: setting(confirm, {
    description:
      'When a write counts: `local` (executed by the primary) or `replicated:<n>` (also held by all replicas that follow, at least n). ' +
      'What each of them survives: docs/guarantees.md.',
    default: 'local',
  }),
  confirmTimeoutMs: timerMs(1_000, 'How long a write waits for its replicas before it is answered 503.'),
  confirmSettleMs: timerMs(
    3_000,
    'How long writes are answered 503 after a replica that they wait for has left, as it may have been promoted: at least the time in which ' +
      'Sentinel turns the others to a new primary. Then the others are enough, if they are n. Four times as long where the primary has restarted. 0 waits for no more than n replicas.',
    0,
  ),
  acceptQueueMax: count(
    10_000,
    'Accepts that a process may have under way; the `ADMISSION_…_PERCENT` are shares of it.',
  ),
  admissionLowPercent: percent(
    60,
    'Notifications of low priority are refused when so much of a limit is used: of the `maxmemory` of Redis, of `ACCEPT_QUEUE_MAX` or of `ADMISSION_LOOP_DELAY_MS`.',
  ),
  admissionNormalPercent: percent(70, 'The same for normal priority; at least `ADMISSION_LOW_PERCENT`.'),
  admissionHighPercent: percent(
    80,
    'The same for high priority; at least `ADMISSION_NORMAL_PERCENT`. What is left is for acknowledgements and jobs.',
  ),
  admissionLoopDelayMs: timerMs(5_000, 'Median delay of the event loop within a second that counts as 100 %.'),
  tailBytes: sizeBytes(
    67_108_864,
    'Memory for recent frames of topics, from which reconnecting sessions are served.',
    0,
  ),
  ackWaitMs: durationMs(
    30_000,
    'How long a session may take to acknowledge, where the notification does not say.',
    100,
    DAY_MS,
  ),
  maxAttempts: count(5, 'Deliveries before a dead letter, where the notification does not say.', 1, 100),
  maxBackoffMs: durationMs(300_000, 'Longest wait between two deliveries of one notification.', 100, DAY_MS),
  ttlMs: durationMs(7 * DAY_MS, 'How long a notification lives, where it does not say.', 1, 30 * DAY_MS),
  idempotencyTtlMs: durationMs(DAY_MS, 'How long an `Idempotency-Key` is remembered.', 1_000),
  recordRetentionMs: durationMs(
    2 * DAY_MS,
    'How long the state of an ended notification can be looked up; at least `IDEMPOTENCY_TTL_MS`.',
    1_000,
  ),
  deadLetterRetentionMs: durationMs(30 * DAY_MS, 'How long dead letters are kept.', 1_000),
  deadLetterMax: count(
    100_000,
    'Dead letters kept for an app, a 64th of them in each of the 64 partitions; a topic is in one partition. The oldest go first.',
  ),
  topicMaxOpen: count(10_000, 'Open notifications of a personal topic; further ones are refused with `topic_full`.'),
  topicMaxEntries: count(1_000, 'Entries kept in the log of a named topic; the oldest go first.'),
  headsPollMs: timerMs(10_000, 'How often a gateway compares the heads of its topics with what it has seen.', 50),
  sweepMs: timerMs(5_000, 'How often what a crash left behind is looked for and mended.', 50),
  leaseMs: timerMs(12_000, 'How long a silent node keeps its sessions.', 500),
  workerSilenceMs: timerMs(
    25_000,
    'How long a worker may have no answer from Redis whether there are jobs before it is replaced; at rest it asks every 10 s, after an outage it may take 20.',
    12_000,
  ),
  workerConcurrency: count(20, 'Delivery jobs that one worker runs at a time.', 1, 500),
};

const rest = {
  dataMaxBytes: sizeBytes(65_536, 'Largest `data` of a notification, as JSON.'),
  httpBodyBytes: sizeBytes(262_144, 'Largest request body.'),
  httpBatchBodyBytes: sizeBytes(4_194_304, 'Largest body of a batch request; at least `HTTP_BODY_BYTES`.'),
};

const sockets = {
  wsPath: setting(z.string().regex(/^\/[A-Za-z0-9/_-]{1,64}$/, 'must be a path such as /ws'), {
    description: 'Path of the socket.',
    default: '/ws',
  }),
  wsQueryToken: setting(flag.optional(), {
    description: 'Whether the token may be given as query `token=`; such tokens end up in the logs of proxies.',
    defaultNote: '`false` in production, else `true`',
  }),
  wsOrigins: setting(origins, {
    description:
      'Origins of pages that may open a socket beside the host asked for, comma-separated: `https://app.example.com`; `https://*.example.com` ' +
      '(`*` is one label); those of apps, such as `capacitor://localhost`, `file://` and `null`. Outside of production also every loopback origin.',
    default: '',
    defaultNote: 'none',
  }),
  wsWindow: count(
    64,
    'Unacknowledged notifications of a topic that a session may have, where it does not say.',
    1,
    1_024,
  ),
  wsMaxFrameBytes: sizeBytes(65_536, 'Largest frame from a client.', 1_024),
  wsMaxFragments: count(16, 'Fragments of one message from a client.'),
  wsMaxConnections: count(50_000, 'Sockets of this process; further ones are answered 429.'),
  wsMaxConnectionsPerUser: count(100, 'Sockets of one user on this process; further ones are answered 429.'),
  wsMaxSubscriptions: count(256, 'Topics of one session.', 2),
  wsMaxPendingRequests: count(128, 'Unanswered requests of one socket; it is not read until some are answered.'),
  wsSendBufferBytes: sizeBytes(1_048_576, 'Unsent bytes of a socket above which it is sent no more notifications.'),
  wsSendBufferHardBytes: sizeBytes(4_194_304, 'Unsent bytes above which a socket is closed (4413).'),
  wsMaxMalformed: count(5, 'Malformed frames after which a socket is closed (4400).'),
  wsHelloTimeoutMs: timerMs(5_000, 'How long a socket without a token in its handshake may take to say `hello`.'),
  wsHelloGraceMs: timerMs(20, 'How long `welcome` waits for an optional `hello`.', 0),
  heartbeatMs: timerMs(30_000, 'How often a socket is pinged at least.', 50),
  heartbeatTimeoutMs: timerMs(90_000, 'Silence after which a socket is closed (4408); at least `HEARTBEAT_MS`.', 100),
  sessionTtlMs: durationMs(1_800_000, 'How long a session without a socket can be resumed.', 100, 30 * DAY_MS),
  maxSessionsPerUser: count(100, 'Sessions of one user; beyond it the suspended one that has waited longest ends.'),
  drainMs: timerMs(10_000, 'How long a stopping process takes to send its sockets away and finish its work.', 0),
};

/** The settings as the documentation groups them. */
export const configGroups = {
  'The process': node,
  Redis: redis,
  Access: access,
  'Console and demo': pages,
  'Acceptance and delivery': delivery,
  REST: rest,
  Sockets: sockets,
  Limits: limits,
  Tracing: tracing,
};

/** Every setting, by its field in `Config`; the environment variable is the same name in upper snake case. */
export const configShape = {
  ...node,
  ...redis,
  ...access,
  ...pages,
  ...delivery,
  ...rest,
  ...sockets,
  ...limits,
  ...tracing,
};
