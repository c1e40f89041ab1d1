import { type ErrorCode, PostriderError } from './errors.js';
import type { Goodbye } from './frames.js';

/** Close codes with an error code of their own. */
export const CODES: Readonly<Record<number, ErrorCode>> = {
  1006: 'unreachable',
  1009: 'payload_too_large',
  4401: 'unauthorized',
  4409: 'taken_over',
  4429: 'rate_limited',
  4500: 'session_ended',
  4503: 'forbidden',
};

/**
 * Maps the end of a socket to its failure. The client reconnects after a `retryable` one. With
 * `retryAfterMs`, the network is not at fault.
 * @param leaving the goodbye before the end.
 * @param said the server's error frame before the end.
 */
export function endingOf(code: number, reason: string, leaving?: Goodbye, said?: PostriderError): PostriderError {
  const isFinal = code >= 4500 || code === 4409 || leaving?.reconnect === false;
  const name = (code === 1006 && said?.code) || CODES[code] || said?.code || 'connection_lost';
  const isOurs = code === 4401 || code === 4429;
  const leastMs = leaving ? (leaving.retryAfterMs ?? 0) : (said?.retryAfterMs ?? (isOurs ? 0 : undefined));
  return new PostriderError(name, said?.message ?? reason, !isFinal, undefined, leastMs);
}
