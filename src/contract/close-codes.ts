/** Meaning of one close code. */
export interface CloseCode {
  readonly meaning: string;
  /** True if clients reconnect on their own. */
  readonly reconnect: boolean;
}

/**
 * Close codes by number (RFC 6455 §7.4). Codes 4000 to 4499 ask the client to reconnect with
 * backoff; codes 4500 to 4999 ask it to stay away. 4409 is the exception: the newer connection has
 * the session.
 */
export const CLOSE_CODES = {
  1000: { meaning: "Closed at the client's request (RFC 6455)", reconnect: false },
  1001: { meaning: 'Going away (RFC 6455)', reconnect: true },
  1002: { meaning: 'Violation of the WebSocket protocol (RFC 6455)', reconnect: true },
  1007: { meaning: 'Text frame that is not valid UTF-8 (RFC 6455)', reconnect: true },
  1008: { meaning: 'Too many fragments', reconnect: true },
  1009: { meaning: 'Frame larger than `maxFrameBytes`; reconnect without it', reconnect: true },
  1012: {
    meaning:
      'The node restarts, Redis has lost the session, or the session cannot be served now; reconnect after `retryAfterMs`',
    reconnect: true,
  },
  4400: { meaning: 'Several malformed frames in a row', reconnect: true },
  4401: {
    meaning: 'The token is missing, expired or revoked; reconnect with a new one after `retryAfterMs`',
    reconnect: true,
  },
  4408: { meaning: 'Missed heartbeat', reconnect: true },
  4409: { meaning: 'A newer connection took over the session', reconnect: false },
  4413: { meaning: 'The send buffer exceeds its hard limit', reconnect: true },
  4429: { meaning: 'Too many sockets or too many frames; reconnect after `retryAfterMs`', reconnect: true },
  4500: { meaning: 'An operator ended the session', reconnect: false },
  4503: { meaning: 'Session or token of another user', reconnect: false },
} as const satisfies Readonly<Record<number, CloseCode>>;

export type CloseCodeNumber = keyof typeof CLOSE_CODES;
