/** Type of a field of a log line; docker/elasticsearch/index-template.json maps each. */
export type FieldType = 'date' | 'keyword' | 'keywords' | 'text' | 'long' | 'boolean' | 'error' | 'object';

/** Top-level fields of a log line; anything else is kept under `extra`. */
export const LOG_FIELDS = {
  time: { type: 'date', about: 'ISO 8601, UTC, milliseconds' },
  level: { type: 'keyword', about: '`trace`, `debug`, `info`, `warn`, `error` or `fatal`' },
  node: { type: 'keyword', about: '`NODE_ID` of the process' },
  context: { type: 'keyword', about: 'class that logs it' },
  msg: { type: 'text', about: 'sentence for people' },
  event: { type: 'keyword', about: 'name of the event; missing in free-form lines' },
  err: { type: 'error', about: '`type`, `message`, `stack` and `cause` of an internal error' },
  extra: { type: 'object', about: 'fields that are not in this table' },

  app: { type: 'keyword', about: 'tenant' },
  publisher: { type: 'keyword', about: 'name of the API key, `admin:<name>`, or `@<user>` for a socket' },
  admin: { type: 'keyword', about: 'name of the admin key' },
  user: { type: 'keyword', about: 'user of the token' },
  session: { type: 'keyword', about: 'id' },
  sessions: { type: 'keywords', about: 'ids, the first 20' },
  notification: { type: 'keyword', about: 'id' },
  topic: { type: 'keyword', about: 'name without its app' },
  epoch: { type: 'keyword', about: 'numbering of the topic' },
  next: { type: 'keyword', about: 'the epoch that follows' },
  offset: { type: 'long', about: 'place in the topic' },
  attempt: { type: 'long', about: 'number of the attempt' },
  reason: { type: 'keyword', about: 'reason why it ended' },
  letter: { type: 'keyword', about: 'id of a dead letter' },
  revocation: { type: 'keyword', about: '`user:<id>` or `jti:<id>`' },
  replayed: { type: 'boolean', about: 'answered from its idempotency key' },
  resumed: { type: 'boolean', about: 'true if the session existed before' },

  requestId: { type: 'keyword', about: '`X-Request-Id`' },
  correlationId: { type: 'keyword', about: '`X-Correlation-Id` of the notification' },
  method: { type: 'keyword', about: 'HTTP method' },
  route: { type: 'keyword', about: 'pattern of the path, or `none`' },
  status: { type: 'long', about: 'HTTP status' },
  code: { type: 'keyword', about: 'error code' },
  detail: { type: 'text', about: 'error text sent to the client' },
  codes: { type: 'keywords', about: 'distinct error codes' },
  field: { type: 'keyword', about: 'path of the first invalid field' },
  frame: { type: 'keyword', about: 'event of the frame, or `other`' },
  closeCode: { type: 'long', about: 'close code of the socket' },
  origin: { type: 'keyword', about: 'origin of the page that requested a socket' },

  settings: { type: 'keywords', about: 'names of the variables that are set, without values' },
  setting: { type: 'keyword', about: 'name of the variable' },
  roles: { type: 'keywords', about: '`ROLES`' },
  port: { type: 'long', about: '`PORT`' },
  adminPort: { type: 'long', about: '`ADMIN_PORT`' },
  pid: { type: 'long', about: 'process id' },
  process: { type: 'keyword', about: '`NODE_ID` of one of several processes' },
  exitCode: { type: 'long', about: 'exit code of a process' },
  exitSignal: { type: 'keyword', about: 'signal that ended a process' },
  well: { type: 'boolean', about: 'true if there was no fault' },
  address: { type: 'keyword', about: 'address of Redis' },
  connection: { type: 'keyword', about: 'name of the connection to Redis' },
  findings: { type: 'text', about: 'problems of the Redis configuration' },
  queue: { type: 'keyword', about: 'name of the queue' },
  job: { type: 'keyword', about: 'id' },
  partition: { type: 'long', about: 'partition of the keys' },
  channel: { type: 'keyword', about: 'channel for hints between nodes' },
  sample: { type: 'keyword', about: 'kind of sample' },
  error: { type: 'text', about: 'error message, without a stack' },

  ms: { type: 'long', about: 'duration' },
  withinMs: { type: 'long', about: 'time allowed' },
  silentMs: { type: 'long', about: 'time since the last sign of life' },
  retryMs: { type: 'long', about: 'time until the next try' },
  offsetMs: { type: 'long', about: "how far the node's clock is ahead of that of Redis" },
  perSecond: { type: 'long', about: 'rate' },
  count: { type: 'long', about: 'number of items' },
  items: { type: 'long', about: 'number of items of the batch' },
  topics: { type: 'long', about: 'number of topics' },
  processes: { type: 'long', about: 'number of processes' },
  sockets: { type: 'long', about: 'number of sockets' },
  opening: { type: 'long', about: 'handshakes in progress' },
  acks: { type: 'long', about: 'acks not stored yet' },
  unsaved: { type: 'long', about: 'sessions not saved in Redis yet' },
  scheduled: { type: 'long', about: 'number of scheduled notifications' },
  expired: { type: 'long', about: 'number of expired sessions' },
  reaped: { type: 'long', about: 'number of sessions taken from dead nodes' },
  dropped: { type: 'keyword', about: 'event whose lines were dropped' },
} as const satisfies Record<string, { type: FieldType; about: string }>;

export type LogField = keyof typeof LOG_FIELDS;
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'fatal';

interface EventRule {
  level: LogLevel;
  /** Sentence for people; `{field}` is replaced by the value of that field. */
  msg: string;
  fields: readonly LogField[];
}

const REQUEST = ['requestId', 'method', 'route', 'status', 'code', 'field', 'app', 'publisher'] as const;
const DELIVERY = ['app', 'topic', 'epoch', 'offset', 'notification', 'reason'] as const;
const SOCKET = ['app', 'user', 'session'] as const;

/**
 * Every event that is logged, one line each. Names are part of the contract: they may be added,
 * never renamed. Events as frequent as notifications are `debug`; a fault of a client is at most
 * `warn` and has no stack.
 */
export const LOG_EVENTS = {
  config_loaded: { level: 'info', msg: 'Configuration loaded', fields: ['settings', 'roles'] },
  start_interrupted: { level: 'info', msg: 'Interrupted by a signal during startup', fields: ['exitSignal'] },
  server_listening: { level: 'info', msg: 'Listening', fields: ['port', 'adminPort', 'roles', 'pid'] },
  server_crashed: { level: 'fatal', msg: 'Uncaught exception; exiting', fields: [] },
  shutdown_overdue: { level: 'error', msg: 'Shutdown timed out; exiting', fields: ['withinMs'] },
  events_dropped: {
    level: 'warn',
    msg: 'Too many log lines of one event; some were dropped',
    fields: ['dropped', 'count'],
  },

  request_refused: { level: 'info', msg: 'Request refused', fields: REQUEST },
  request_unserved: { level: 'warn', msg: 'Request could not be served; the client may retry', fields: REQUEST },
  request_failed: { level: 'error', msg: 'Request failed', fields: REQUEST },
  batch_refused: {
    level: 'info',
    msg: 'Items of a batch were refused',
    fields: ['requestId', 'app', 'publisher', 'items', 'count', 'codes'],
  },

  notification_accepted: {
    level: 'debug',
    msg: 'Notification accepted',
    fields: ['app', 'publisher', 'notification', 'topics', 'replayed', 'correlationId'],
  },
  notification_scheduled: {
    level: 'debug',
    msg: 'Notification scheduled',
    fields: ['app', 'publisher', 'notification', 'topics', 'replayed', 'correlationId'],
  },
  notification_cancelled: {
    level: 'info',
    msg: 'Scheduled notification cancelled',
    fields: ['app', 'notification', 'topics'],
  },
  delivery_acknowledged: {
    level: 'debug',
    msg: 'Deliveries acknowledged',
    fields: ['app', 'topic', 'epoch', 'count', 'sessions'],
  },
  delivery_redelivered: {
    level: 'debug',
    msg: 'Delivery sent again',
    fields: ['app', 'topic', 'epoch', 'offset', 'session', 'attempt'],
  },
  delivery_expired: { level: 'info', msg: 'Delivery expired', fields: DELIVERY },
  delivery_dead: { level: 'warn', msg: 'Delivery dead-lettered', fields: DELIVERY },
  delivery_cancelled: { level: 'info', msg: 'Delivery cancelled', fields: DELIVERY },
  hook_failed: { level: 'error', msg: 'Accept hook failed', fields: ['notification', 'correlationId'] },
  topic_renumbered: {
    level: 'warn',
    msg: 'Failover lost notifications of a topic; it has a new epoch',
    fields: ['app', 'topic', 'epoch', 'next'],
  },

  handshake_refused: { level: 'info', msg: 'Handshake refused', fields: ['status', 'code', 'origin', 'setting'] },
  handshake_failed: { level: 'error', msg: 'Handshake failed', fields: ['status', 'code'] },
  connection_opened: { level: 'debug', msg: 'Session connected', fields: [...SOCKET, 'resumed'] },
  connection_closed: { level: 'debug', msg: 'Connection closed', fields: [...SOCKET, 'closeCode', 'ms'] },
  frame_refused: { level: 'debug', msg: 'Frame refused', fields: [...SOCKET, 'frame', 'code', 'field'] },
  hello_refused: { level: 'info', msg: 'Hello refused', fields: [...SOCKET, 'code', 'field', 'detail'] },
  frame_failed: { level: 'error', msg: 'Frame could not be handled', fields: [...SOCKET, 'frame', 'code'] },
  acks_dropped: {
    level: 'error',
    msg: 'Acks dropped, because Redis can never accept them',
    fields: ['app', 'topic', 'session'],
  },
  session_taken_over: { level: 'info', msg: 'Session taken over by a newer connection', fields: SOCKET },

  signed_in: { level: 'info', msg: 'Operator signed in to the console', fields: ['requestId', 'admin'] },
  sign_in_failed: { level: 'warn', msg: 'Sign-in to the console failed', fields: ['requestId', 'code'] },
  session_ended: { level: 'info', msg: 'Session ended by an operator', fields: ['app', 'publisher', 'session'] },
  dead_letter_replayed: {
    level: 'info',
    msg: 'Dead letter replayed',
    fields: ['app', 'publisher', 'letter', 'notification'],
  },
  dead_letter_dropped: { level: 'info', msg: 'Dead letter dropped', fields: ['app', 'publisher', 'letter'] },
  tokens_revoked: { level: 'info', msg: 'Tokens revoked', fields: ['app', 'publisher', 'revocation'] },
  revocation_lifted: { level: 'info', msg: 'Revocation lifted', fields: ['app', 'publisher', 'revocation'] },

  drain_began: { level: 'info', msg: 'Draining', fields: ['sockets', 'perSecond'] },
  drained: { level: 'info', msg: 'Drained', fields: ['sockets', 'perSecond', 'ms'] },
  drain_overdue: {
    level: 'warn',
    msg: 'Drain timed out; unstored acks will be redelivered',
    fields: ['sockets', 'ms', 'opening', 'acks', 'unsaved'],
  },

  redis_awaited: { level: 'warn', msg: 'Waiting for Redis at {address} ({error}) …', fields: ['address', 'error'] },
  redis_lost: { level: 'warn', msg: 'Redis connection lost', fields: ['connection', 'error'] },
  redis_back: { level: 'info', msg: 'Redis connection restored', fields: ['connection'] },
  redis_refuses: { level: 'error', msg: 'Redis refuses commands: {error}', fields: ['error'] },
  redis_accepts: { level: 'info', msg: 'Redis accepts commands again', fields: [] },
  redis_unsafe: { level: 'warn', msg: 'Redis configuration is unsafe', fields: ['findings'] },
  clock_off: { level: 'warn', msg: "This node's clock differs from that of Redis", fields: ['offsetMs'] },
  clock_right: { level: 'info', msg: "This node's clock agrees with that of Redis again", fields: ['offsetMs'] },
  redis_safe: { level: 'info', msg: 'Redis configuration is safe', fields: [] },
  worker_replaced: { level: 'warn', msg: 'Worker stopped polling; replacing it', fields: ['queue', 'silentMs'] },
  schedule_restored: { level: 'warn', msg: 'Job schedule was missing in Redis; restored', fields: ['queue'] },
  job_failed: { level: 'warn', msg: 'Job failed', fields: ['queue', 'job', 'error'] },

  processes_ready: { level: 'info', msg: 'All processes are ready', fields: ['processes'] },
  process_unready: { level: 'error', msg: 'Process did not start', fields: [] },
  process_replaced: {
    level: 'error',
    msg: 'Process exited unexpectedly; replacing it',
    fields: ['process', 'pid', 'exitCode', 'exitSignal', 'retryMs'],
  },
  restart_began: { level: 'info', msg: 'Rolling restart of all processes began', fields: [] },
  restart_ended: { level: 'info', msg: 'Rolling restart completed', fields: [] },
  restart_failed: {
    level: 'error',
    msg: 'Replacement process did not become ready; keeping the current processes',
    fields: [],
  },
  processes_ended: { level: 'info', msg: 'All processes have exited', fields: ['well'] },
} as const satisfies Record<string, EventRule>;

export type LogEvent = keyof typeof LOG_EVENTS;

export const isEvent = (name: unknown): name is LogEvent => typeof name === 'string' && Object.hasOwn(LOG_EVENTS, name);

interface Values {
  date: string;
  keyword: string;
  keywords: readonly string[];
  text: string;
  long: number;
  boolean: boolean;
  error: object;
  object: object;
}

/** Fields of an event; missing ones are left out. */
export type FieldsOf<E extends LogEvent> = {
  readonly [F in (typeof LOG_EVENTS)[E]['fields'][number]]?: Values[(typeof LOG_FIELDS)[F]['type']] | undefined;
};

/** Log line of an event, in the form that a logger accepts. */
export function eventLine<E extends LogEvent>(event: E, fields: FieldsOf<E>): object {
  const { msg } = LOG_EVENTS[event];
  return { event, msg: msg.includes('{') ? filled(msg, fields) : msg, ...fields };
}

const filled = (msg: string, fields: Readonly<Record<string, unknown>>): string =>
  msg.replace(/\{(\w+)\}/g, (_, field: string) => String(fields[field] ?? ''));
