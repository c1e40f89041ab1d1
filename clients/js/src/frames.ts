/** One frame of the protocol, as it travels. */
export interface Frame {
  /** Name of the frame. */
  event: string;
  /** Its content. */
  data?: unknown;
  /** Number of a request; its answer repeats it. */
  id?: string | number;
}

/** The server's greeting: who and where one is. */
export interface Welcome {
  /** The session; it survives sockets. */
  session: string;
  /** The user that the token names. */
  user: string;
  /** The server's name for the process at the other end. */
  node: string;
  /** True where the session goes on that the client asked for; false where it is a new one. */
  resumed: boolean;
  /** How often an idle connection is pinged, in milliseconds. */
  heartbeatMs: number;
  /** Silence after which a connection is dead, in milliseconds. */
  timeoutMs: number;
  /** How long a session without a connection can be resumed, in milliseconds. */
  sessionTtlMs: number;
  /** Most unacknowledged notifications of a topic. */
  window: number;
  /** Largest frame that the server takes, in bytes. */
  maxFrameBytes: number;
  /** The server's clock (ms since 1970). */
  serverTimeMs?: number;
  /** When the token ends by that clock (RFC 3339). */
  expiresAt?: string;
}

/** A place in a topic, as the server confirms it. */
export interface Subscribed {
  /** The topic. */
  topic: string;
  /** Identity of the topic's numbering. */
  epoch: string;
  /** The newest offset of the topic. */
  offset: number;
  /** The next notification is behind this offset. */
  cursor: number;
  /** True if nothing is missing between `cursor` and `offset`. */
  recovered: boolean;
}

/** A topic that is no longer subscribed. */
export interface Unsubscribed {
  /** The topic. */
  topic: string;
  /** `requested`, or `forbidden` where the token does not allow it any more. */
  reason: string;
}

/** Offsets that will never come; they count as acknowledged. */
export interface Gap {
  /** The topic. */
  topic: string;
  /** First missing offset. */
  from: number;
  /** Last missing offset. */
  to: number;
  /** Why. `reset`: the topic is numbered anew. */
  reason: 'expired' | 'trimmed' | 'cancelled' | 'dead' | 'reset';
}

/** Announces that the server closes the connection. */
export interface Goodbye {
  /** The close code that follows. */
  code: number;
  /** The reason for the close, for people. */
  reason: string;
  /** False where connecting again would be refused. */
  reconnect: boolean;
  /** When to come back, in milliseconds. */
  retryAfterMs: number;
}

/** A notification as it travels. */
export interface NotificationData {
  topic: string;
  offset: number;
  epoch: string;
  id: string;
  type: string;
  data: unknown;
  at: string;
  expiresAt?: string;
  attempt: number;
  correlationId?: string;
  traceparent?: string;
}

/** The server has stored a refusal. */
export interface Nacked {
  topic: string;
  offset: number;
}

/** The users and sessions in a topic at this moment. */
export interface Presence {
  /** The topic. */
  topic: string;
  /** Ids of the users that are connected. */
  users: string[];
  /** Their sessions. */
  sessions: string[];
}

/** The place of a published notification. */
export interface Published {
  /** Id of the notification. */
  id: string;
  /** The topic. */
  topic: string;
  /** Its offset in the topic. */
  offset: number;
}

/** @throws SyntaxError where the text is not JSON. */
export function readFrames(text: string): Frame[] {
  const parsed: unknown = JSON.parse(text);
  return (Array.isArray(parsed) ? parsed : [parsed]) as Frame[];
}

/** True for a greeting of a server that the client can work with. */
export function isWelcome(frame: Frame): frame is Frame & { data: Welcome } {
  const { session, user, timeoutMs } = (frame.data ?? {}) as Partial<Welcome>;
  return frame.event === 'welcome' && !!session && !!user && Number(timeoutMs) > 0;
}
