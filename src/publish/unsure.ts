import { type ErrorCode, PostriderError } from '../contract/postrider-error.js';

const UNSURE: ReadonlySet<ErrorCode> = new Set(['redis_unavailable', 'unconfirmed']);

/**
 * What an accept that failed is answered with. After some faults nobody knows whether the notification was stored, so the answer says how to find
 * out without sending it twice.
 */
export function unsure(thrown: unknown, key: string | undefined): unknown {
  if (!(thrown instanceof PostriderError) || !UNSURE.has(thrown.code)) return thrown;
  const { code, title, retryAfterMs = 0 } = thrown;
  const advice =
    key === undefined
      ? 'an idempotency key makes it safe to send it again'
      : 'send it again with the same idempotency key';
  const detail = `${title}. Whether the notification was stored is not known: ${advice}.`;
  return new PostriderError(code, detail, { retryAfterMs, cause: thrown.cause });
}
