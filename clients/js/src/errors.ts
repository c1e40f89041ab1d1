/** Codes of the client's own failures. docs/client-sdk.md explains each. */
export type ClientErrorCode =
  | 'closed'
  | 'connection_lost'
  | 'handler_failed'
  | 'handler_timeout'
  | 'hole_noticed'
  | 'invalid_option'
  | 'listener_failed'
  | 'not_connected'
  | 'not_serializable'
  | 'not_subscribed'
  | 'outbox_full'
  | 'payload_too_large'
  | 'protocol_version'
  | 'session_ended'
  | 'silent'
  | 'stale_epoch'
  | 'storage_unavailable'
  | 'taken_over'
  | 'timeout'
  | 'token_unavailable'
  | 'unreachable'
  | 'user_changed';

/** Codes of the server's refusals. */
export type ServerErrorCode =
  | 'dead_letter_not_found'
  | 'draining'
  | 'forbidden'
  | 'header_too_large'
  | 'idempotency_mismatch'
  | 'internal'
  | 'invalid_request'
  | 'keys_unavailable'
  | 'malformed_frame'
  | 'method_not_allowed'
  | 'not_found'
  | 'not_subscribed'
  | 'notification_not_found'
  | 'offset_above_head'
  | 'overloaded'
  | 'payload_too_large'
  | 'rate_limited'
  | 'redis_unavailable'
  | 'request_timeout'
  | 'revocation_not_found'
  | 'revocations_full'
  | 'session_not_found'
  | 'stale_epoch'
  | 'too_late'
  | 'too_many_connections'
  | 'too_many_subscriptions'
  | 'topic_full'
  | 'topic_not_found'
  | 'unauthorized'
  | 'unconfirmed'
  | 'unknown_event'
  | 'unknown_method'
  | 'unsupported_media_type';

/** Code of a failure. */
export type ErrorCode = ClientErrorCode | ServerErrorCode;

/** Failure that the client reports by the `error` event or by a rejected promise. */
export class PostriderError extends Error {
  /** Stable name of the failure in snake_case, for programs. */
  readonly code: ErrorCode;
  /** True if the same call may succeed later. */
  readonly retryable: boolean;
  /** Wait that the server asks for, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  /**
   * Creates an error.
   * @param code stable name of the failure.
   * @param message text for people.
   * @param retryable true if the same call may succeed later. Default false.
   * @param cause underlying error.
   * @param retryAfterMs wait that the server asks for, in milliseconds.
   */
  constructor(code: ErrorCode, message: string, retryable = false, cause?: unknown, retryAfterMs?: number) {
    super(message, { cause });
    this.name = 'PostriderError';
    this.code = code;
    this.retryable = retryable;
    this.retryAfterMs = retryAfterMs;
  }
}

/** Creates an error from the data of an `error` frame. */
export function errorOf(data: unknown): PostriderError {
  const { code, message, retryable } = (data ?? {}) as Record<string, unknown>;
  return new PostriderError(String(code) as ErrorCode, String(message), retryable === true);
}

/** Message of any thrown value. */
export const textOf = (thrown: unknown): string =>
  thrown instanceof Error ? thrown.message || thrown.name : String(thrown);

/** Calls the application. Anything it throws, now or later, goes to `failed`. */
export function guarded(call: () => unknown, failed: (thrown: unknown) => void): void {
  try {
    const result = call() as PromiseLike<unknown> | undefined;
    if (typeof result?.then === 'function') result.then(undefined, failed);
  } catch (thrown) {
    failed(thrown);
  }
}

/** Marks a promise as handled: a rejection that nobody awaits does not end the program. */
export function quiet<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}

/** Promise that is settled from outside. A rejection that nobody awaits does no harm. */
export interface Deferred<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  reject(error: Error): void;
}

export function deferred<T>(): Deferred<T> {
  let settle!: Pick<Deferred<T>, 'resolve' | 'reject'>;
  const promise = new Promise<T>((resolve, reject) => {
    settle = { resolve, reject };
  });
  return { promise: quiet(promise), ...settle };
}
