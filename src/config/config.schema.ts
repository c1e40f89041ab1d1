import { availableParallelism, hostname } from 'node:os';
import { z } from 'zod';
import { access } from './access.schema.js';
import { delivery } from './delivery.schema.js';
import { limits, listeners, redisTls } from './edge-settings.js';
import { MIN_SECRET_LENGTH, adminKeys } from './key-lists.js';
import { networks } from './network-list.js';
import { origins } from './origin-list.js';
import { parseRedisUrl } from './redis-url.js';
import { count, durationMs, oneOf, setting, sizeBytes, timerMs } from './setting.js';
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

const flag = z.enum(['true', 'false']).transform((text) => text === 'true');

const redisUrl = z.string().superRefine((url, context) => {
  try {
    parseRedisUrl(url);
  } catch (error) {
    const why = error instanceof TypeError ? error.message : 'cannot be read';
    context.addIssue(`${why}; see REDIS_URL in docs/configuration.md`);
  }
});

const node = {
  nodeEnv: oneOf(['production', 'development', 'test'], {
    description:
      'Kind of deployment; the container image sets `production`. Only `production` requires secrets of at least ' +
      `${MIN_SECRET_LENGTH} characters and disables \`WS_QUERY_TOKEN\` by default.`,
    default: 'development',
  }),
  port: count(
    3000,
    'TCP port of REST, sockets and health, and of metrics if `ADMIN_PORT` is `none`; 0 picks a free port.',
    0,
    65_535,
  ),
  ...listeners,
  trustedProxies: setting(networks(), {
    description:
      'Addresses and networks of trusted proxies, comma-separated. Their `X-Forwarded-For` names the client; from anybody else it is ignored.',
    default: '',
    defaultNote: 'none',
  }),
  roles: setting(roles, { description: 'Roles of this process, comma-separated.', default: ROLE_NAMES.join(',') }),
  processes: setting(processes, {
    description:
      'Number of processes that share the port, each a node of its own; `auto`: one for each processor core. See docs/scaling.md.',
    default: '1',
  }),
  nodeId: setting(z.string().regex(/^[A-Za-z0-9._-]{1,64}$/, 'must be 1 to 64 of A-Z a-z 0-9 . _ -'), {
    description: 'Unique name of this process among the nodes. With several `PROCESSES`, `-1`, `-2` … are appended.',
    default: `${HOST_NAME}-${process.pid}`,
    defaultNote: 'host name and process id',
  }),
  logLevel: oneOf(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
    description: 'Lowest severity that is logged.',
    default: 'info',
  }),
  logEventsPerSecond: count(
    200,
    'Maximum log lines per second of one event; the next line reports how many were dropped.',
  ),
};

const redis = {
  redisUrl: setting(redisUrl, {
    description:
      'URL of Redis: `redis://user:password@host:6379/0`, `rediss://…` (TLS), `redis+sentinel://h1:26379,h2:26379/<primary>?db=0` ' +
      'or `redis+cluster://h1:6379,h2:6379`; `rediss+sentinel` and `rediss+cluster` use TLS. User and password are percent-encoded. Sentinels that ' +
      'require authentication get the same user and password, or those of `?sentinelUsername=…&sentinelPassword=…`.',
    example: 'redis://127.0.0.1:6379/0',
  }),
  ...redisTls,
  keyPrefix: setting(z.string().regex(/^[A-Za-z0-9_-]{1,32}$/, 'must be 1 to 32 of A-Z a-z 0-9 _ -'), {
    description: 'First part of every Redis key. Installations with different prefixes can share one Redis.',
    default: 'pr',
  }),
  bootRedisWaitMs: timerMs(30_000, 'How long a starting process waits for Redis before it exits.'),
  redisWatchMs: timerMs(1_000, 'Interval between checks of the memory and the configuration of Redis.', 50),
  clockOffsetMaxMs: durationMs(
    5_000,
    "Difference between a node's clock and that of Redis above which a warning is logged.",
    100,
  ),
};

const pages = {
  adminKeys: setting(adminKeys, {
    description:
      'Admin keys for the console and for REST on behalf of any app (header `Postrider-App`): a comma-separated list of `name:key`; ' +
      'a key has up to 256 characters, in production at least 16. `API_KEYS_FILE` may contain more.',
    default: '',
    defaultNote: 'none',
  }),
  sampleMs: timerMs(
    5_000,
    'Interval at which each process publishes its samples to the console; samples of the whole installation come at most every `SWEEP_MS`. 0 disables them.',
    0,
  ),
  demo: setting(flag.optional(), {
    description:
      'Enables `POST /demo/access`, which gives anybody a private area of the app `postrider.demo` for the demo at `/`.',
    defaultNote: '`false` in production, else `true`',
  }),
};

const rest = {
  dataMaxBytes: sizeBytes(65_536, 'Maximum size of the `data` of a notification, as JSON.'),
  httpBodyBytes: sizeBytes(262_144, 'Maximum size of a request body.'),
  httpBatchBodyBytes: sizeBytes(4_194_304, 'Maximum size of the body of a batch request; at least `HTTP_BODY_BYTES`.'),
};

const sockets = {
  wsPath: setting(z.string().regex(/^\/[A-Za-z0-9/_-]{1,64}$/, 'must be a path such as /ws'), {
    description: 'Path of the WebSocket endpoint.',
    default: '/ws',
  }),
  wsQueryToken: setting(flag.optional(), {
    description: 'Accepts the token as query parameter `token=`. Such tokens end up in the logs of proxies.',
    defaultNote: '`false` in production, else `true`',
  }),
  wsOrigins: setting(origins, {
    description:
      'Additional origins of pages that may open a socket, comma-separated, such as `https://app.example.com`, `https://*.example.com` ' +
      '(`*` is one label), `capacitor://localhost`, `file://` and `null`. The host of the request is always allowed; outside of production every loopback origin is too.',
    default: '',
    defaultNote: 'none',
  }),
  wsWindow: count(
    64,
    'Default of the in-flight window: unacknowledged notifications that a session may have per topic.',
    1,
    1_024,
  ),
  wsMaxFrameBytes: sizeBytes(65_536, 'Maximum size of a frame from a client.', 1_024),
  wsMaxFragments: count(16, 'Maximum fragments of one message from a client.'),
  wsMaxConnections: count(50_000, 'Maximum sockets of this process; more get 429.'),
  wsMaxConnectionsPerUser: count(100, 'Maximum sockets of one user at this process; more get 429.'),
  wsMaxSubscriptions: count(256, 'Maximum topics of one session.', 2),
  wsMaxPendingRequests: count(
    128,
    'Maximum unanswered requests of one socket; reading pauses until some are answered.',
  ),
  wsSendBufferBytes: sizeBytes(1_048_576, 'Unsent bytes of a socket above which notifications to it pause.'),
  wsSendBufferHardBytes: sizeBytes(4_194_304, 'Unsent bytes of a socket above which it is closed (4413).'),
  wsMaxMalformed: count(5, 'Malformed frames in a row after which a socket is closed (4400).'),
  wsHelloTimeoutMs: timerMs(5_000, 'How long a socket may take to send `hello` if its handshake had no token.'),
  wsHelloGraceMs: timerMs(20, 'How long the server waits for an optional `hello` before it sends `welcome`.', 0),
  heartbeatMs: timerMs(30_000, 'Interval between pings to a socket.', 50),
  heartbeatTimeoutMs: timerMs(90_000, 'Silence after which a socket is closed (4408); at least `HEARTBEAT_MS`.', 100),
  sessionTtlMs: durationMs(1_800_000, 'How long a session without a socket can be resumed.', 100, 30 * DAY_MS),
  maxSessionsPerUser: count(100, 'Maximum sessions of one user; beyond it the session suspended longest ends.'),
  drainMs: timerMs(10_000, 'How long a stopping process may take to close its sockets and finish its work.', 0),
};

/** Settings by the groups of the documentation. */
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

/**
 * Every setting by its field in `Config`; the environment variable has the same name in upper snake
 * case.
 */
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
