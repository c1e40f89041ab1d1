/** One frame of the protocol. */
export interface Frame {
  /** Name of the frame. */
  event: string;
  /** Content of the frame. */
  data?: unknown;
  /** Number of a request. Its answer repeats it. */
  id?: string | number;
}

/** The server's greeting. */
export interface Welcome {
  /** Id of the session, which survives connections. */
  session: string;
  /** User that the token names. */
  user: string;
  /** Name of the node at the other end. */
  node: string;
  /** True if the session was resumed, false if it is new. */
  resumed: boolean;
  /** Interval of pings on an idle connection, in milliseconds. */
  heartbeatMs: number;
  /** Silence after which a connection counts as dead, in milliseconds. */
  timeoutMs: number;
  /** Time that a session without a connection can be resumed, in milliseconds. */
  sessionTtlMs: number;
  /** Maximum unacknowledged notifications per topic. */
  window: number;
  /** Largest frame that the server accepts, in bytes. */
  maxFrameBytes: number;
  /** The server's time, in milliseconds since 1970. */
  serverTimeMs?: number;
  /** Expiry of the token by the server's clock (RFC 3339). */
  expiresAt?: string;
}

/** Confirmation of a subscription. */
export interface Subscribed {
  /** The topic. */
  topic: string;
  /** Identity of the topic's numbering. */
  epoch: string;
  /** Newest offset of the topic. */
  offset: number;
  /** Offset after which the notifications start. */
  cursor: number;
  /** True if nothing is missing between `cursor` and `offset`. */
  recovered: boolean;
}

/** End of a subscription. */
export interface Unsubscribed {
  /** The topic. */
  topic: string;
  /** `requested`, or `forbidden` if the token no longer allows it. */
  reason: string;
}

/** Offsets that will not come. They count as acknowledged. */
export interface Gap {
  /** The topic. */
  topic: string;
  /** First missing offset. */
  from: number;
  /** Last missing offset. */
  to: number;
  /** Reason. `reset`: the topic got a new numbering. */
  reason: 'expired' | 'trimmed' | 'cancelled' | 'dead' | 'reset';
}

/** Announcement that the server closes the connection. */
export interface Goodbye {
  /** Close code that follows. */
  code: number;
  /** Reason for the close, for people. */
  reason: string;
  /** False if a new connection would be refused. */
  reconnect: boolean;
  /** Wait before coming back, in milliseconds. */
  retryAfterMs: number;
}

/** Data of a `notification` frame. */
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

/** Confirmation of a stored refusal. */
export interface Nacked {
  topic: string;
  offset: number;
}

/** Users and sessions in a topic at this moment. */
export interface Presence {
  /** The topic. */
  topic: string;
  /** Ids of the connected users. */
  users: string[];
  /** Ids of their sessions. */
  sessions: string[];
}

/** Place of a published notification. */
export interface Published {
  /** Id of the notification. */
  id: string;
  /** The topic. */
  topic: string;
  /** Offset in the topic. */
  offset: number;
}

/** @throws SyntaxError if the text is not JSON. */
export function readFrames(text: string): Frame[] {
  const parsed: unknown = JSON.parse(text);
  return (Array.isArray(parsed) ? parsed : [parsed]) as Frame[];
}

/** True for a welcome with every field that the client needs. */
export function isWelcome(frame: Frame): frame is Frame & { data: Welcome } {
  const { session, user, timeoutMs } = (frame.data ?? {}) as Partial<Welcome>;
  return frame.event === 'welcome' && !!session && !!user && Number(timeoutMs) > 0;
}
