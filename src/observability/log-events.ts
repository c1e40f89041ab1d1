/** What a field of a log line holds; docker/elasticsearch/index-template.json maps each. */
export type FieldType = 'date' | 'keyword' | 'keywords' | 'text' | 'long' | 'boolean' | 'error' | 'object';

/** Every field that a line may have by itself; whatever else is told is kept under `extra`. */
export const LOG_FIELDS = {
  time: { type: 'date', about: 'ISO 8601, UTC, milliseconds' },
  level: { type: 'keyword', about: '`trace`, `debug`, `info`, `warn`, `error` or `fatal`' },
  node: { type: 'keyword', about: '`NODE_ID` of the process' },
  context: { type: 'keyword', about: 'who tells it' },
  msg: { type: 'text', about: 'a sentence for people' },
  event: { type: 'keyword', about: 'which outcome it is; only outcomes have it' },
  err: { type: 'error', about: '`type`, `message`, `stack` and `cause` of a fault of ours' },
  extra: { type: 'object', about: 'what is not in this table' },

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
  attempt: { type: 'long', about: 'which attempt it is' },
  reason: { type: 'keyword', about: 'why it ended' },
  letter: { type: 'keyword', about: 'id of a dead letter' },
  revocation: { type: 'keyword', about: '`user:<id>` or `jti:<id>`' },
  replayed: { type: 'boolean', about: 'answered from its idempotency key' },
  resumed: { type: 'boolean', about: 'the session was there before' },

  requestId: { type: 'keyword', about: '`X-Request-Id`' },
  correlationId: { type: 'keyword', about: '`X-Correlation-Id` of the notification' },
  method: { type: 'keyword', about: 'of the request' },
  route: { type: 'keyword', about: 'pattern of the path, or `none`' },
  status: { type: 'long', about: 'HTTP status' },
  code: { type: 'keyword', about: 'of the catalogue of errors' },
  detail: { type: 'text', about: 'what the client was told' },
  codes: { type: 'keywords', about: 'the different ones' },
  field: { type: 'keyword', about: 'path of the first field at fault' },
  frame: { type: 'keyword', about: 'event of the frame, or `other`' },
  closeCode: { type: 'long', about: 'of the socket' },
  origin: { type: 'keyword', about: 'of the page that asked for a socket' },

  settings: { type: 'keywords', about: 'names of the variables that are set, never their values' },
  setting: { type: 'keyword', about: 'name of the variable' },
  roles: { type: 'keywords', about: '`ROLES`' },
  port: { type: 'long', about: '`PORT`' },
  adminPort: { type: 'long', about: '`ADMIN_PORT`' },
  pid: { type: 'long', about: 'process id' },
  process: { type: 'keyword', about: '`NODE_ID` of one of several processes' },
  exitCode: { type: 'long', about: 'of a process that ended' },
  exitSignal: { type: 'keyword', about: 'that ended a process' },
  well: { type: 'boolean', about: 'without a fault' },
  address: { type: 'keyword', about: 'where Redis is' },
  connection: { type: 'keyword', about: 'which of ours to Redis' },
  findings: { type: 'text', about: 'what is wrong with Redis' },
  queue: { type: 'keyword', about: 'name' },
  job: { type: 'keyword', about: 'id' },
  partition: { type: 'long', about: 'of the keys' },
  channel: { type: 'keyword', about: 'on which nodes tell each other' },
  sample: { type: 'keyword', about: 'kind of sample' },
  error: { type: 'text', about: 'message of a fault, without a stack' },

  ms: { type: 'long', about: 'how long it took or lasted' },
  withinMs: { type: 'long', about: 'how long it might have taken' },
  silentMs: { type: 'long', about: 'since it was last heard of' },
  retryMs: { type: 'long', about: 'until it is tried again' },
  offsetMs: { type: 'long', about: 'how far the clock of the node is ahead of that of Redis' },
  perSecond: { type: 'long', about: 'a rate' },
  count: { type: 'long', about: 'how many' },
  items: { type: 'long', about: 'of a batch' },
  topics: { type: 'long', about: 'how many' },
  processes: { type: 'long', about: 'how many' },
  sockets: { type: 'long', about: 'how many' },
  opening: { type: 'long', about: 'handshakes under way' },
  acks: { type: 'long', about: 'not stored yet' },
  unsaved: { type: 'long', about: 'sessions that Redis has not taken' },
  scheduled: { type: 'long', about: 'notifications' },
  expired: { type: 'long', about: 'sessions' },
  reaped: { type: 'long', about: 'sessions of nodes that are gone' },
  dropped: { type: 'keyword', about: 'the event whose lines were dropped' },
} as const satisfies Record<string, { type: FieldType; about: string }>;

export type LogField = keyof typeof LOG_FIELDS;
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'fatal';

interface EventRule {
  level: LogLevel;
  /** What the line says to people; `{field}` stands for what a field of the line holds. */
  msg: string;
  fields: readonly LogField[];
}

const REQUEST = ['requestId', 'method', 'route', 'status', 'code', 'field', 'app', 'publisher'] as const;
const DELIVERY = ['app', 'topic', 'epoch', 'offset', 'notification', 'reason'] as const;
const SOCKET = ['app', 'user', 'session'] as const;

/**
 * Every outcome that is told, one line each. Names are part of the contract: they may be added, never renamed.
 * What is as frequent as notifications is `debug`; a fault of a client is never more than `warn` and has no stack.
 */
export const LOG_EVENTS = {
  config_loaded: { level: 'info', msg: 'The configuration is loaded', fields: ['settings', 'roles'] },
  start_interrupted: { level: 'info', msg: 'Told to end while it started', fields: ['exitSignal'] },
  server_listening: { level: 'info', msg: 'Listening', fields: ['port', 'adminPort', 'roles', 'pid'] },
  server_crashed: { level: 'fatal', msg: 'A fault that nobody caught ends the process', fields: [] },
  shutdown_overdue: { level: 'error', msg: 'The application did not close in time', fields: ['withinMs'] },
  events_dropped: { level: 'warn', msg: 'More outcomes of a kind than are told', fields: ['dropped', 'count'] },

  request_refused: { level: 'info', msg: 'A request was refused', fields: REQUEST },
  request_unserved: { level: 'warn', msg: 'A request could not be served now', fields: REQUEST },
  request_failed: { level: 'error', msg: 'A request failed', fields: REQUEST },
  batch_refused: {
    level: 'info',
    msg: 'Notifications of a batch were refused',
    fields: ['requestId', 'app', 'publisher', 'items', 'count', 'codes'],
  },

  notification_accepted: {
    level: 'debug',
    msg: 'A notification was accepted',
    fields: ['app', 'publisher', 'notification', 'topics', 'replayed', 'correlationId'],
  },
  notification_scheduled: {
    level: 'debug',
    msg: 'A notification was accepted for later',
    fields: ['app', 'publisher', 'notification', 'topics', 'replayed', 'correlationId'],
  },
  notification_cancelled: {
    level: 'info',
    msg: 'A notification was cancelled before its time',
    fields: ['app', 'notification', 'topics'],
  },
  delivery_acknowledged: {
    level: 'debug',
    msg: 'Deliveries were acknowledged',
    fields: ['app', 'topic', 'epoch', 'count', 'sessions'],
  },
  delivery_redelivered: {
    level: 'debug',
    msg: 'A delivery was sent again',
    fields: ['app', 'topic', 'epoch', 'offset', 'session', 'attempt'],
  },
  delivery_expired: { level: 'info', msg: 'A delivery expired', fields: DELIVERY },
  delivery_dead: { level: 'warn', msg: 'A delivery was given up', fields: DELIVERY },
  delivery_cancelled: { level: 'info', msg: 'A delivery was cancelled', fields: DELIVERY },
  hook_failed: { level: 'error', msg: 'A hook failed after an accept', fields: ['notification', 'correlationId'] },
  topic_renumbered: {
    level: 'warn',
    msg: 'A failover has unwritten notifications of a topic',
    fields: ['app', 'topic', 'epoch', 'next'],
  },

  handshake_refused: { level: 'info', msg: 'A handshake was refused', fields: ['status', 'code', 'origin', 'setting'] },
  handshake_failed: { level: 'error', msg: 'A handshake failed', fields: ['status', 'code'] },
  connection_opened: { level: 'debug', msg: 'A connection has a session', fields: [...SOCKET, 'resumed'] },
  connection_closed: { level: 'debug', msg: 'A connection was closed', fields: [...SOCKET, 'closeCode', 'ms'] },
  frame_refused: { level: 'debug', msg: 'A frame was refused', fields: [...SOCKET, 'frame', 'code', 'field'] },
  hello_refused: { level: 'info', msg: 'A hello was refused', fields: [...SOCKET, 'code', 'field', 'detail'] },
  frame_failed: { level: 'error', msg: 'A frame could not be handled', fields: [...SOCKET, 'frame', 'code'] },
  acks_dropped: {
    level: 'error',
    msg: 'Acknowledgements that Redis can never take were dropped',
    fields: ['app', 'topic', 'session'],
  },
  session_taken_over: { level: 'info', msg: 'A newer connection took a session over', fields: SOCKET },

  signed_in: { level: 'info', msg: 'An operator signed in to the console', fields: ['requestId', 'admin'] },
  sign_in_failed: { level: 'warn', msg: 'Somebody could not sign in to the console', fields: ['requestId', 'code'] },
  session_ended: { level: 'info', msg: 'A session was ended', fields: ['app', 'publisher', 'session'] },
  dead_letter_replayed: {
    level: 'info',
    msg: 'A dead letter was sent again',
    fields: ['app', 'publisher', 'letter', 'notification'],
  },
  dead_letter_dropped: { level: 'info', msg: 'A dead letter was dropped', fields: ['app', 'publisher', 'letter'] },
  tokens_revoked: { level: 'info', msg: 'Tokens were revoked', fields: ['app', 'publisher', 'revocation'] },
  revocation_lifted: { level: 'info', msg: 'A revocation was lifted', fields: ['app', 'publisher', 'revocation'] },

  drain_began: { level: 'info', msg: 'Draining', fields: ['sockets', 'perSecond'] },
  drained: { level: 'info', msg: 'Drained', fields: ['sockets', 'perSecond', 'ms'] },
  drain_overdue: {
    level: 'warn',
    msg: 'Not drained in time: what is not stored yet comes again',
    fields: ['sockets', 'ms', 'opening', 'acks', 'unsaved'],
  },

  redis_awaited: { level: 'warn', msg: 'Waiting for Redis at {address} ({error}) …', fields: ['address', 'error'] },
  redis_lost: { level: 'warn', msg: 'Redis connection trouble', fields: ['connection', 'error'] },
  redis_back: { level: 'info', msg: 'Redis connection is back', fields: ['connection'] },
  redis_refuses: { level: 'error', msg: 'Redis refuses what it is asked: {error}', fields: ['error'] },
  redis_accepts: { level: 'info', msg: 'Redis takes again what it is asked', fields: [] },
  redis_unsafe: { level: 'warn', msg: 'Redis is not set up as it should be', fields: ['findings'] },
  clock_off: { level: 'warn', msg: 'The clock of this node is not that of Redis', fields: ['offsetMs'] },
  clock_right: { level: 'info', msg: 'The clock of this node is that of Redis again', fields: ['offsetMs'] },
  redis_safe: { level: 'info', msg: 'Redis is set up as it should be', fields: [] },
  worker_replaced: { level: 'warn', msg: 'A worker is deaf and is replaced', fields: ['queue', 'silentMs'] },
  schedule_restored: { level: 'warn', msg: 'A schedule was gone from Redis and is restored', fields: ['queue'] },
  job_failed: { level: 'warn', msg: 'A job failed', fields: ['queue', 'job', 'error'] },

  processes_ready: { level: 'info', msg: 'All processes are ready', fields: ['processes'] },
  process_unready: { level: 'error', msg: 'A process did not start', fields: [] },
  process_replaced: {
    level: 'error',
    msg: 'A process ended unasked and is replaced',
    fields: ['process', 'pid', 'exitCode', 'exitSignal', 'retryMs'],
  },
  restart_began: { level: 'info', msg: 'Restarting all processes, one after the other', fields: [] },
  restart_ended: { level: 'info', msg: 'The restart is over', fields: [] },
  restart_failed: {
    level: 'error',
    msg: 'A successor did not become ready: the processes that serve go on',
    fields: [],
  },
  processes_ended: { level: 'info', msg: 'All processes have ended', fields: ['well'] },
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

/** What may be told of an outcome; a field that is not at hand is left out. */
export type FieldsOf<E extends LogEvent> = {
  readonly [F in (typeof LOG_EVENTS)[E]['fields'][number]]?: Values[(typeof LOG_FIELDS)[F]['type']] | undefined;
};

/** The line of an outcome, as a logger takes it. */
export function eventLine<E extends LogEvent>(event: E, fields: FieldsOf<E>): object {
  const { msg } = LOG_EVENTS[event];
  return { event, msg: msg.includes('{') ? filled(msg, fields) : msg, ...fields };
}

const filled = (msg: string, fields: Readonly<Record<string, unknown>>): string =>
  msg.replace(/\{(\w+)\}/g, (_, field: string) => String(fields[field] ?? ''));
