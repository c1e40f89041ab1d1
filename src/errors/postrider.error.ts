import { retryWaitMs } from './retry.wait.js';

/**
 * Every way in which Postrider refuses or fails, with its HTTP status and whether the same request may succeed later.
 * Codes are part of the contract: they may be added, never renamed.
 */
export const ERRORS = {
  invalid_request: { status: 400, retryable: false, title: 'The request is not valid' },
  unauthorized: { status: 401, retryable: false, title: 'Credentials are missing or not valid' },
  forbidden: { status: 403, retryable: false, title: 'Not allowed' },
  not_found: { status: 404, retryable: false, title: 'Not found' },
  notification_not_found: { status: 404, retryable: false, title: 'No such notification' },
  session_not_found: { status: 404, retryable: false, title: 'No such session' },
  topic_not_found: { status: 404, retryable: false, title: 'No such topic' },
  dead_letter_not_found: { status: 404, retryable: false, title: 'No such dead letter' },
  revocation_not_found: { status: 404, retryable: false, title: 'No such revocation' },
  method_not_allowed: { status: 405, retryable: false, title: 'No such method at this path' },
  request_timeout: { status: 408, retryable: true, title: 'The request took too long to arrive' },
  too_late: { status: 409, retryable: false, title: 'Too late' },
  topic_full: { status: 409, retryable: true, title: 'The mailbox is full' },
  revocations_full: { status: 409, retryable: true, title: 'Too many revocations' },
  payload_too_large: { status: 413, retryable: false, title: 'The payload is too large' },
  unsupported_media_type: { status: 415, retryable: false, title: 'Only application/json in UTF-8 is accepted' },
  idempotency_mismatch: { status: 422, retryable: false, title: 'The idempotency key was used with another body' },
  too_many_connections: { status: 429, retryable: true, title: 'Too many connections' },
  rate_limited: { status: 429, retryable: true, title: 'Too many requests' },
  redis_unavailable: { status: 503, retryable: true, title: 'Redis cannot be used now' },
  unconfirmed: { status: 503, retryable: true, title: 'Too few replicas have confirmed the write' },
  keys_unavailable: { status: 503, retryable: true, title: 'The keys of tokens are not reachable' },
  overloaded: { status: 503, retryable: true, title: 'Too much is waiting' },
  draining: { status: 503, retryable: true, title: 'This node is shutting down' },
  header_too_large: { status: 431, retryable: false, title: 'The header of the request is too large' },
  internal: { status: 500, retryable: true, title: 'Internal error' },
  unknown_method: { status: 501, retryable: false, title: 'No such method' },
  malformed_frame: { status: 400, retryable: false, title: 'The frame is not valid' },
  unknown_event: { status: 400, retryable: false, title: 'Unknown event' },
  not_subscribed: { status: 409, retryable: false, title: 'Not subscribed to the topic' },
  too_many_subscriptions: { status: 429, retryable: false, title: 'Too many subscriptions' },
  offset_above_head: { status: 409, retryable: false, title: 'The offset is above the head of the topic' },
  stale_epoch: { status: 409, retryable: false, title: 'The topic has another epoch' },
} as const satisfies Record<string, { status: number; retryable: boolean; title: string }>;

export type ErrorCode = keyof typeof ERRORS;

const getsBetter = (code: ErrorCode): boolean => ERRORS[code].status === 503 || code === 'too_many_connections';

/** What is wrong with one field of a request; `field` is a path such as `to.users[3]`, or empty for the whole body. */
export interface FieldError {
  field: string;
  message: string;
}

export interface PostriderErrorOptions {
  /** Path of the one field at fault. */
  field?: string;
  /** All fields at fault, where there is more than one to name. */
  errors?: readonly FieldError[];
  /**
   * When a retry makes sense, in milliseconds; becomes `Retry-After`. Whatever can get better by itself, a 503 or a full server, says so by
   * default: a while that is drawn.
   */
  retryAfterMs?: number;
  cause?: unknown;
}

/** The one error type that crosses module borders; the edges (HTTP, socket, job) each map it once. */
export class PostriderError extends Error {
  readonly status: number;
  readonly retryable: boolean;
  readonly title: string;
  readonly errors?: readonly FieldError[];
  readonly field?: string;
  readonly retryAfterMs?: number;

  /** @param detail for the caller to read; never holds a secret, a payload or a stack. */
  constructor(
    readonly code: ErrorCode,
    readonly detail: string = ERRORS[code].title,
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
