import type { FieldError, Problem } from './types.js';

/** Error codes of the server (docs/rest-api.md), and of failures on the way to it. */
export type ErrorCode =
  | 'invalid_request'
  | 'unauthorized'
  | 'forbidden'
  | 'not_found'
  | 'notification_not_found'
  | 'session_not_found'
  | 'topic_not_found'
  | 'dead_letter_not_found'
  | 'revocation_not_found'
  | 'too_late'
  | 'topic_full'
  | 'revocations_full'
  | 'payload_too_large'
  | 'unsupported_media_type'
  | 'idempotency_mismatch'
  | 'method_not_allowed'
  | 'unknown_method'
  | 'request_timeout'
  | 'header_too_large'
  | 'too_many_connections'
  | 'rate_limited'
  | 'redis_unavailable'
  | 'unconfirmed'
  | 'keys_unavailable'
  | 'overloaded'
  | 'draining'
  | 'internal'
  /** No answer: connection refused or reset, or unknown host. */
  | 'network'
  /** No answer within `timeoutMs`. */
  | 'timeout'
  /** An answer that is not the server's, for example from a proxy or another site. */
  | 'bad_answer'
  | (string & {});

interface Details {
  /** HTTP status of the answer; 0 without an answer. */
  status: number;
  retryable: boolean;
  errors?: readonly FieldError[] | undefined;
  retryAfterMs?: number | undefined;
  cause?: unknown;
}

/**
 * Reason why a call failed. With `retryable`, the same call with the same idempotency key may
 * succeed later.
 */
export class PostriderError extends Error {
  override readonly name = 'PostriderError';
  /** HTTP status of the answer; 0 without an answer. */
  readonly status: number;
  /** True if the same call, with the same idempotency key, may succeed later. */
  readonly retryable: boolean;
  /** Invalid fields of the request. */
  readonly errors: readonly FieldError[];
  /** Wait that the server asks for. */
  readonly retryAfterMs: number | undefined;
  /** Number of tries. After more than one, an earlier one may have been carried out. */
  tries = 1;

  constructor(
    readonly code: ErrorCode,
    message: string,
    { status, retryable, errors = [], retryAfterMs, cause }: Details,
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.status = status;
    this.retryable = retryable;
    this.errors = errors;
    this.retryAfterMs = retryAfterMs;
  }

  /**
   * Creates the error for an unsuccessful answer, whose text is a problem document if Postrider
   * itself refused.
   */
  static of({ status, headers }: Response, text: string): PostriderError {
    const retryAfterMs = retryAfterOf(headers.get('retry-after'));
    const problem = problemIn(text);
    if (problem) {
      const { code, title, detail = title, retryable, errors } = problem;
      return new PostriderError(code, detail, { status, retryable, errors, retryAfterMs });
    }
    const location = headers.get('location');
    const to = location === null ? '' : ` and points to ${location}`;
    const retryable = status === 429 || status >= 500;
    return new PostriderError('bad_answer', `${status} without a problem document${to}.`, {
      status,
      retryable,
      retryAfterMs,
    });
  }
}

function problemIn(text: string): Problem | undefined {
  try {
    const found = JSON.parse(text) as Partial<Problem> | null;
    return typeof found?.code === 'string' && typeof found.retryable === 'boolean' ? (found as Problem) : undefined;
  } catch {
    // For example a page of a proxy.
    return undefined;
  }
}

/** Parses seconds or a date (RFC 9110 §10.2.3). */
function retryAfterOf(header: string | null): number | undefined {
  if (header === null || header.trim() === '') return undefined;
  const seconds = Number(header);
  const ms = Number.isFinite(seconds) ? seconds * 1_000 : Date.parse(header) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}
