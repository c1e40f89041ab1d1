import { CLOSE_CODES, type CloseCodeNumber } from './close-codes.js';
import { postriderErrorOf } from './problem.js';
import { retryWaitMs } from './retry-wait.js';

/** One reason for which the server closes a connection. */
interface Farewell {
  readonly code: CloseCodeNumber;
  /** Human-readable text; also the reason of the close frame. */
  readonly reason: string;
  /** Event that triggers it. */
  readonly issued: string;
}

/** Every reason for which the server says goodbye, by meaning. */
export const GOODBYES = {
  restart: { code: 1012, reason: 'restart', issued: 'The node drains before it stops' },
  unavailable: {
    code: 1012,
    reason: 'unavailable',
    issued: 'The session or one of its topics cannot be served now; the reason is the code of the error',
  },
  session_lost: {
    code: 1012,
    reason: 'session lost: reconnect for a new one',
    issued: 'The record of the session is gone, for example after a failover that had not replicated it',
  },
  overtaken: {
    code: 1012,
    reason: 'try again',
    issued: 'The client has opened another connection since it requested this session',
  },
  malformed: { code: 4400, reason: 'malformed frames', issued: 'Too many malformed frames arrived in a row' },
  token_missing: { code: 4401, reason: 'no token', issued: 'No `hello` with a token arrived in time' },
  token_refused: { code: 4401, reason: 'unauthorized', issued: 'The token of the `hello` was refused' },
  token_expired: { code: 4401, reason: 'token expired', issued: 'The token expired and was not refreshed' },
  token_revoked: { code: 4401, reason: 'token revoked', issued: 'A backend revoked the token' },
  silent: { code: 4408, reason: 'heartbeat missed', issued: 'Nothing arrived from the client for `timeoutMs`' },
  taken_over: {
    code: 4409,
    reason: 'taken over by a newer connection',
    issued: 'Another connection resumed the session',
  },
  too_slow: { code: 4413, reason: 'send buffer over its limit', issued: 'Unsent bytes exceeded the hard limit' },
  too_many_frames: { code: 4429, reason: 'rate_limited', issued: 'The client kept exceeding its frame budget' },
  too_many_connections: {
    code: 4429,
    reason: 'too_many_connections',
    issued: 'The user or the app has reached its limit of sockets',
  },
  ended: { code: 4500, reason: 'session ended', issued: 'An operator ended the session' },
  foreign_session: {
    code: 4503,
    reason: 'session of another user',
    issued: 'The session to resume belongs to another user',
  },
  foreign_token: {
    code: 4503,
    reason: 'token of another user',
    issued: 'A `refresh` carried the token of another user',
  },
} as const satisfies Readonly<Record<string, Farewell>>;

export type GoodbyeMeaning = keyof typeof GOODBYES;

/** Details of one goodbye. */
export interface GoodbyeDetails {
  /** Time for which the client should stay away, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
  /** Replaces the reason of the catalogue. */
  readonly reason?: string | undefined;
}

/** The `data` of a `goodbye` frame. */
export interface GoodbyeData {
  readonly code: CloseCodeNumber;
  readonly reason: string;
  readonly reconnect: boolean;
  readonly retryAfterMs: number;
}

/** Goodbye as a frame of the native protocol. */
export function goodbyeOf(meaning: GoodbyeMeaning, { retryAfterMs = 0, reason }: GoodbyeDetails = {}): GoodbyeData {
  const { code, reason: usual } = GOODBYES[meaning];
  return {
    code,
    reason: reason ?? usual,
    reconnect: CLOSE_CODES[code].reconnect,
    retryAfterMs: Math.round(retryAfterMs),
  };
}

/** Details of an `unavailable` goodbye, taken from the error that caused it. */
export function unavailableFor(thrown: unknown): GoodbyeDetails {
  const { code, retryAfterMs = retryWaitMs() } = postriderErrorOf(thrown);
  return { reason: code, retryAfterMs };
}
