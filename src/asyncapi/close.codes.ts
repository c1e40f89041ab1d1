/** With what the server closes a socket, what it means, and whether a client comes back by itself. */
export interface CloseCode {
  readonly code: number;
  readonly meaning: string;
  readonly reconnect: boolean;
}

/** 4000–4499 come back (with backoff), 4500–4999 do not; 4409 is the exception. */
export const CLOSE_CODES: readonly CloseCode[] = [
  { code: 1000, meaning: 'Closed as the client asked for (RFC 6455)', reconnect: false },
  { code: 1001, meaning: 'Going away (RFC 6455)', reconnect: true },
  { code: 1002, meaning: 'Not the WebSocket protocol (RFC 6455)', reconnect: true },
  { code: 1007, meaning: 'A text frame that is not UTF-8 (RFC 6455)', reconnect: true },
  { code: 1008, meaning: 'Too many fragments', reconnect: true },
  { code: 1009, meaning: 'A frame beyond `maxFrameBytes`: come back without it', reconnect: true },
  {
    code: 1012,
    meaning: 'Restart, Redis has lost the session, or it cannot be served now: come back after `retryAfterMs`',
    reconnect: true,
  },
  { code: 4400, meaning: 'Malformed frames, several in a row', reconnect: true },
  {
    code: 4401,
    meaning: 'No token, or it has expired or was revoked: come back with a new one after `retryAfterMs`',
    reconnect: true,
  },
  { code: 4408, meaning: 'Heartbeat missed', reconnect: true },
  { code: 4409, meaning: 'The session was taken over by a newer connection', reconnect: false },
  { code: 4413, meaning: 'The send buffer is over its hard limit', reconnect: true },
  { code: 4429, meaning: 'Too many sockets or too many frames: come back after `retryAfterMs`', reconnect: true },
  { code: 4500, meaning: 'The session was ended by an operator', reconnect: false },
  { code: 4503, meaning: 'Forbidden: session or token of another user', reconnect: false },
];
