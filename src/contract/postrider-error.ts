import { retryWaitMs } from './retry-wait.js';

/**
 * Catalogue of errors by status: HTTP status, whether a retry may succeed, title and remedy. Codes
 * are part of the contract: they may be added, never renamed.
 */
export const ERRORS = {
  invalid_request: {
    status: 400,
    retryable: false,
    title: 'The request is not valid',
    remedy: 'Correct the fields listed in `errors`.',
  },
  unauthorized: {
    status: 401,
    retryable: false,
    title: 'Credentials are missing or not valid',
    remedy: 'Send a valid key or token.',
  },
  forbidden: {
    status: 403,
    retryable: false,
    title: 'Not allowed',
    remedy: 'Use a key or token with the required permission.',
  },
  not_found: { status: 404, retryable: false, title: 'Not found', remedy: 'Check the path.' },
  notification_not_found: {
    status: 404,
    retryable: false,
    title: 'No such notification',
    remedy: 'Check the id: the notification may be older than its retention.',
  },
  session_not_found: {
    status: 404,
    retryable: false,
    title: 'No such session',
    remedy: 'Check the id: the session may have expired.',
  },
  topic_not_found: { status: 404, retryable: false, title: 'No such topic', remedy: 'Check the name of the topic.' },
  dead_letter_not_found: {
    status: 404,
    retryable: false,
    title: 'No such dead letter',
    remedy: 'Check the id: the letter may be older than its retention.',
  },
  revocation_not_found: {
    status: 404,
    retryable: false,
    title: 'No such revocation',
    remedy: 'Check the id: the revocation may have expired.',
  },
  method_not_allowed: {
    status: 405,
    retryable: false,
    title: 'No such method at this path',
    remedy: 'Use a method listed in `Allow`.',
  },
  request_timeout: {
    status: 408,
    retryable: true,
    title: 'The request took too long to arrive',
    remedy: 'Send the request again.',
  },
  too_late: {
    status: 409,
    retryable: false,
    title: 'Too late',
    remedy: 'Nothing can be changed: it has already ended.',
  },
  topic_full: {
    status: 409,
    retryable: true,
    title: 'The topic is full',
    remedy: 'Retry once some of its notifications are acknowledged or expired, or cancel some.',
  },
  revocations_full: {
    status: 409,
    retryable: true,
    title: 'Too many revocations',
    remedy: 'Lift some revocations first.',
  },
  payload_too_large: { status: 413, retryable: false, title: 'The payload is too large', remedy: 'Send less.' },
  unsupported_media_type: {
    status: 415,
    retryable: false,
    title: 'Unsupported media type',
    remedy: 'Send JSON in UTF-8 with Content-Type: application/json.',
  },
  idempotency_mismatch: {
    status: 422,
    retryable: false,
    title: 'The idempotency key was used for another request',
    remedy: 'Use a new key for a different request.',
  },
  too_many_connections: {
    status: 429,
    retryable: true,
    title: 'Too many connections',
    remedy: 'Retry later, or close other connections.',
  },
  rate_limited: {
    status: 429,
    retryable: true,
    title: 'Too many requests',
    remedy: 'Retry after the time that `Retry-After` or `retryAfterMs` gives.',
  },
  header_too_large: {
    status: 431,
    retryable: false,
    title: 'The request header is too large',
    remedy: 'Send shorter headers.',
  },
  internal: {
    status: 500,
    retryable: true,
    title: 'Internal error',
    remedy: "Retry later; the server's log has the cause.",
  },
  unknown_method: { status: 501, retryable: false, title: 'Unknown HTTP method', remedy: 'Use a method of HTTP.' },
  redis_unavailable: { status: 503, retryable: true, title: 'Redis is unavailable', remedy: 'Retry later.' },
  unconfirmed: {
    status: 503,
    retryable: true,
    title: 'Too few replicas have confirmed the write',
    remedy: 'Retry later.',
  },
  keys_unavailable: {
    status: 503,
    retryable: true,
    title: 'The keys that verify tokens are unavailable',
    remedy: 'Retry later.',
  },
  overloaded: { status: 503, retryable: true, title: 'Overloaded', remedy: 'Retry later.' },
  draining: { status: 503, retryable: true, title: 'This node is shutting down', remedy: 'Retry on another node.' },

  // Only for frames.
  malformed_frame: {
    status: 400,
    retryable: false,
    title: 'The frame is not valid',
    remedy: 'Send a frame that follows the protocol.',
  },
  unknown_event: {
    status: 400,
    retryable: false,
    title: 'Unknown event',
    remedy: 'Send an event that the protocol defines.',
  },
  not_subscribed: { status: 409, retryable: false, title: 'Not subscribed to the topic', remedy: 'Subscribe first.' },
  offset_above_head: {
    status: 409,
    retryable: false,
    title: 'The offset is above the head of the topic',
    remedy: 'Use an offset that was received.',
  },
  stale_epoch: {
    status: 409,
    retryable: false,
    title: 'The topic has another epoch',
    remedy: 'Wait for `subscribed`: unacknowledged notifications are sent again under the new epoch.',
  },
  too_many_subscriptions: {
    status: 429,
    retryable: false,
    title: 'Too many subscriptions',
    remedy: 'Unsubscribe from another topic first.',
  },
} as const satisfies Record<string, { status: number; retryable: boolean; title: string; remedy: string }>;

export type ErrorCode = keyof typeof ERRORS;

const getsBetter = (code: ErrorCode): boolean => ERRORS[code].status === 503 || code === 'too_many_connections';

/** Default detail of an error: its title and remedy. */
export const detailOf = (code: ErrorCode): string => `${ERRORS[code].title}. ${ERRORS[code].remedy}`;

/**
 * Fault in one field of a request; `field` is a path such as `to.users[3]`, empty for the whole
 * body.
 */
export interface FieldError {
  field: string;
  message: string;
}

export interface PostriderErrorOptions {
  /** Path of the only field at fault. */
  field?: string;
  /** All fields at fault. */
  errors?: readonly FieldError[];
  /**
   * Wait before a retry, in milliseconds; becomes `Retry-After`. Errors that can pass on their own
   * (a 503, a full server) get a random wait by default.
   */
  retryAfterMs?: number;
  cause?: unknown;
}

/** Error that crosses module borders. Each edge (HTTP, socket, job) maps it once. */
export class PostriderError extends Error {
  readonly status: number;
  readonly retryable: boolean;
  readonly title: string;
  readonly errors?: readonly FieldError[];
  readonly field?: string;
  readonly retryAfterMs?: number;

  /**
   * @param detail for the caller: the fault and what to do. It never holds a secret, payload or
   * stack.
   */
  constructor(
    readonly code: ErrorCode,
    readonly detail: string = detailOf(code),
    options: PostriderErrorOptions = {},
  ) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'PostriderError';
    ({ status: this.status, retryable: this.retryable, title: this.title } = ERRORS[code]);
    this.field = options.field ?? options.errors?.[0]?.field;
    this.errors =
      options.errors ?? (options.field === undefined ? undefined : [{ field: options.field, message: detail }]);
    this.retryAfterMs = options.retryAfterMs ?? (getsBetter(code) ? retryWaitMs() : undefined);
  }
}

/** Redis did not answer, or refused. */
export const unavailable = (cause: unknown): PostriderError =>
  new PostriderError('redis_unavailable', undefined, { cause });
