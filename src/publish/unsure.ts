import { type ErrorCode, PostriderError } from '../contract/postrider-error.js';

const UNSURE: ReadonlySet<ErrorCode> = new Set(['redis_unavailable', 'unconfirmed']);

/**
 * Error for a failed accept. After some faults nobody knows whether the notification was stored, so
 * the text says how to retry without sending it twice.
 */
export function unsure(thrown: unknown, key: string | undefined): unknown {
  if (!(thrown instanceof PostriderError) || !UNSURE.has(thrown.code)) return thrown;
  const { code, title, retryAfterMs = 0 } = thrown;
  const advice =
    key === undefined
      ? 'use an idempotency key to retry without sending it twice'
      : 'retry with the same idempotency key';
  const detail = `${title}. It is unknown whether the notification was stored: ${advice}.`;
  return new PostriderError(code, detail, { retryAfterMs, cause: thrown.cause });
}
