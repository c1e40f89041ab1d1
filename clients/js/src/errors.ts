/** Codes of the client's own failures; docs/client-sdk.md explains each. */
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

/** Codes with which the server refuses. */
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

/** The name of a failure. */
export type ErrorCode = ClientErrorCode | ServerErrorCode;

/** Every failure that the client tells of, by the `error` event or by a rejected promise. */
export class PostriderError extends Error {
  /** Name of the failure in snake_case, stable, for programs to compare. */
  readonly code: ErrorCode;
  /** True where the same call may succeed later without any change. */
  readonly retryable: boolean;
  /** When the server wants to be asked again, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  /**
   * A failure by its code.
   * @param code stable name of the failure.
   * @param message for people.
   * @param retryable whether the same call may succeed later.
   * @param cause what led to it.
   * @param retryAfterMs when the server wants to be asked again.
   */
  constructor(code: ErrorCode, message: string, retryable = false, cause?: unknown, retryAfterMs?: number) {
    super(message, { cause });
    this.name = 'PostriderError';
    this.code = code;
    this.retryable = retryable;
    this.retryAfterMs = retryAfterMs;
  }
}

/** The data of an `error` frame as what is thrown. */
export function errorOf(data: unknown): PostriderError {
  const { code, message, retryable } = (data ?? {}) as Record<string, unknown>;
  return new PostriderError(String(code) as ErrorCode, String(message), retryable === true);
}

/** The message of anything that was thrown. */
export const textOf = (thrown: unknown): string =>
  thrown instanceof Error ? thrown.message || thrown.name : String(thrown);

/** Calls the application: what it throws, at once or later, goes to `failed`. */
export function guarded(call: () => unknown, failed: (thrown: unknown) => void): void {
  try {
    const result = call() as PromiseLike<unknown> | undefined;
    if (typeof result?.then === 'function') result.then(undefined, failed);
  } catch (thrown) {
    failed(thrown);
  }
}

/** A promise that nobody has to look at: a rejection that is not awaited does not end a program. */
export function quiet<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}

/** A promise to be settled from outside; nobody has to look at it. */
export interface Deferred<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  reject(error: Error): void;
}

export function deferred<T>(): Deferred<T> {
  const result = {} as { -readonly [K in keyof Deferred<T>]: Deferred<T>[K] };
  result.promise = quiet(new Promise<T>((resolve, reject) => Object.assign(result, { resolve, reject })));
  return result;
}
