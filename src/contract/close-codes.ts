/** A code with which a socket is closed. */
export interface CloseCode {
  readonly meaning: string;
  /** Whether a client comes back by itself. */
  readonly reconnect: boolean;
}

/**
 * Close codes of the WebSocket protocol, by number (RFC 6455 §7.4). Codes from 4000 to 4499 ask the client to come back, with a
 * backoff; codes from 4500 to 4999 ask it to stay away. 4409 is the exception: the newer connection has the session.
 */
export const CLOSE_CODES = {
  1000: { meaning: 'Closed as the client asked for (RFC 6455)', reconnect: false },
  1001: { meaning: 'Going away (RFC 6455)', reconnect: true },
  1002: { meaning: 'Not the WebSocket protocol (RFC 6455)', reconnect: true },
  1007: { meaning: 'A text frame that is not UTF-8 (RFC 6455)', reconnect: true },
  1008: { meaning: 'Too many fragments', reconnect: true },
  1009: { meaning: 'A frame beyond `maxFrameBytes`: come back without it', reconnect: true },
  1012: {
    meaning: 'Restart, Redis has lost the session, or it cannot be served now: come back after `retryAfterMs`',
    reconnect: true,
  },
  4400: { meaning: 'Malformed frames, several in a row', reconnect: true },
  4401: {
    meaning: 'No token, or it has expired or was revoked: come back with a new one after `retryAfterMs`',
    reconnect: true,
  },
  4408: { meaning: 'Heartbeat missed', reconnect: true },
  4409: { meaning: 'The session was taken over by a newer connection', reconnect: false },
  4413: { meaning: 'The send buffer is over its hard limit', reconnect: true },
  4429: { meaning: 'Too many sockets or too many frames: come back after `retryAfterMs`', reconnect: true },
  4500: { meaning: 'The session was ended by an operator', reconnect: false },
  4503: { meaning: 'Forbidden: session or token of another user', reconnect: false },
} as const satisfies Readonly<Record<number, CloseCode>>;

export type CloseCodeNumber = keyof typeof CLOSE_CODES;
