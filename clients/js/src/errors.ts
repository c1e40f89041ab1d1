/**
 * Every failure that the client tells of, by the `error` event or by a rejected promise.
 * The codes of the server (`forbidden`, `topic_full`, …) come through as they are; those of the client itself are listed in
 * docs/client-sdk.md.
 */
export class PostriderError extends Error {
  /** What went wrong, in snake_case: stable, for programs. */
  readonly code: string;
  /** Whether the same call may succeed later without any change. */
  readonly retryable: boolean;

  /**
   * A failure by its code.
   * @param code stable name of the failure.
   * @param message for people.
   * @param retryable whether the same call may succeed later.
   * @param cause what led to it.
   */
  constructor(code: string, message: string, retryable = false, cause?: unknown) {
    super(`${code}: ${message}`, { cause });
    this.name = 'PostriderError';
    this.code = code;
    this.retryable = retryable;
  }
}

/** What an unknown thrown value says. */
export const textOf = (thrown: unknown): string =>
  thrown instanceof Error ? thrown.message || thrown.name : String(thrown);

/** A promise to be settled from outside; nobody has to look at it. */
export interface Deferred<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  reject(error: Error): void;
}

export function deferred<T>(): Deferred<T> {
  const result = {} as { -readonly [K in keyof Deferred<T>]: Deferred<T>[K] };
  result.promise = new Promise<T>((resolve, reject) => Object.assign(result, { resolve, reject }));
  result.promise.catch(() => undefined);
  return result;
}
