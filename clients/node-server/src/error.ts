import type { FieldError, Problem } from './types.js';

/** Codes with which the server refuses (docs/rest-api.md), and those of failures on the way to it. */
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
  /** No answer: refused, reset, unknown host. */
  | 'network'
  /** No answer within `timeoutMs`. */
  | 'timeout'
  /** An answer that is not the server's, e.g. a proxy's or that of another site. */
  | 'bad_answer'
  | (string & {});

interface Details {
  /** HTTP status of the answer; 0 where there was none. */
  status: number;
  retryable: boolean;
  errors?: readonly FieldError[] | undefined;
  retryAfterMs?: number | undefined;
  cause?: unknown;
}

/** Why a call did not succeed. With `retryable` the same call, with the same idempotency key, may succeed later. */
export class PostriderError extends Error {
  override readonly name = 'PostriderError';
  /** Status of the HTTP answer; 0 where there was none. */
  readonly status: number;
  readonly retryable: boolean;
  /** The fields of an invalid request. */
  readonly errors: readonly FieldError[];
  /** When the server wants to be asked again. */
  readonly retryAfterMs: number | undefined;
  /** How often the call was tried. After more than one try an earlier one may have been carried out. */
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

  /** From an answer that is no success; its text is a problem document where Postrider itself has refused. */
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
    // A page of a proxy, for instance.
    return undefined;
  }
}

/** Seconds or a date (RFC 9110 §10.2.3). */
function retryAfterOf(header: string | null): number | undefined {
  if (header === null || header.trim() === '') return undefined;
  const seconds = Number(header);
  const ms = Number.isFinite(seconds) ? seconds * 1_000 : Date.parse(header) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}
