import type { Page } from './listing.js';

/** Recipients of a notification: exactly one of these. */
export type Recipients =
  | { user: string }
  /** Up to 1,000 users. */
  | { users: string[] }
  | { topic: string }
  /** Up to 100 topics. */
  | { topics: string[] }
  | { session: string }
  /** Every session of the app, connected or waiting to be resumed. */
  | { all: true };

/** Notification to send. The server refuses unknown fields. */
export interface NotificationBody {
  to: Recipients;
  /** Type of notification for the receiving application: 1 to 128 characters. */
  type: string;
  /** Any JSON. */
  data: unknown;
  /**
   * Acknowledgment policy. `any`: the first ack is enough (default for users and sessions); `all`:
   * every recipient must acknowledge; `none`: no ack is expected (default for topics).
   */
  ack?: 'any' | 'all' | 'none';
  /** Wait for an ack before each redelivery, 100 ms to one day. */
  ackWaitMs?: number;
  /** Attempts before it becomes a dead letter, 1 to 100. */
  maxAttempts?: number;
  /** Lifetime from acceptance or release, up to 30 days. */
  ttlMs?: number;
  /** Delivery time, RFC 3339, up to a year ahead. */
  deliverAt?: string;
  /** Delay before delivery; replaces `deliverAt`. */
  delayMs?: number;
  /** Default `normal`. */
  priority?: 'high' | 'normal' | 'low';
  /**
   * Replaces the previous notification with this key in the topic, unless it has been acknowledged.
   */
  collapseKey?: string;
  /** Up to 32 strings; returned with the status, never sent to clients. */
  metadata?: Record<string, string>;
}

/** State of a notification. The last four are final. */
export type NotificationState = 'scheduled' | 'accepted' | 'acknowledged' | 'expired' | 'dead' | 'cancelled';

/**
 * One target of a notification. A scheduled one has no `offset` yet; a topic that refused it has an
 * `error` instead.
 */
export interface Target {
  topic: string;
  offset?: number;
  epoch?: string;
  /** Number of the topic's sessions that were connected when it was stored. */
  online?: number;
  /** Error code. */
  error?: string;
}

/** Answer to an accepted notification. */
export interface Accepted {
  id: string;
  state: NotificationState;
  targets: Target[];
}

/** Refusal as an RFC 9457 problem. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  code: string;
  detail: string;
  retryable: boolean;
  errors?: readonly FieldError[];
}

/** Invalid field of a request. */
export interface FieldError {
  /** Path of the field, such as `to.users[3]`. */
  field: string;
  message: string;
}

/** One item of a batch: accepted (`status` 202), or refused with the problem. */
export type BatchResult = ({ status: 202 } & Accepted) | { status: number; problem: Problem };

/** Progress of a notification. */
export interface NotificationStatus {
  id: string;
  state: NotificationState;
  type: string;
  createdAt: string;
  expiresAt: string;
  deliverAt?: string;
  targets: Target[];
  recipients: {
    total: number;
    acked: number;
    pending: number;
    refused?: number;
    /** Sessions that ended without acknowledging. */
    left?: number;
  };
  attempts: number;
  history: { state: string; at: string }[];
  metadata?: Record<string, string>;
  /** Notification whose dead letter was replayed. */
  replayOf?: string;
  /** As given by the sender. */
  correlationId?: string;
  /** Span of the accept request, if it was traced. */
  traceparent?: string;
}

/** Event of a notification. */
export interface TimelineEvent {
  at: string;
  event: 'scheduled' | 'accepted' | 'redelivered' | 'nacked' | 'acknowledged' | 'expired' | 'dead' | 'cancelled';
  topic?: string;
  /** Sessions of the topic that were connected when it was accepted. */
  online?: number;
  /** True if it is redelivered until it is acknowledged. */
  guarded?: boolean;
  /** Number of the attempt that was sent or refused, or of the last one. */
  attempt?: number;
  /** Session whose ack ended the delivery. */
  session?: string;
  /** Recipients that had acknowledged it when it ended. */
  acked?: number;
  /** Recipients in total. */
  recipients?: number;
  reason?: string;
}

/** Preview of the recipients of a notification. */
export interface DryRun {
  type: string;
  targets: {
    topic: string;
    head: number;
    subscribers: number;
    online: number;
    /** Connected users, up to 100. */
    users: string[];
    /** Code with which this target would refuse it. */
    error?: string;
  }[];
  recipients: { sessions: number; online: number };
  expiresAt: string;
  deliverAt?: string;
}

/** Unacknowledged notification of a user's personal topic. */
export interface Unacked {
  topic: string;
  offset: number;
  id: string;
  type: string;
  at: string;
  expiresAt: string;
  /** 0 if nobody was connected. */
  attempts: number;
}

/** State of a notification for one session. */
export interface Receipt {
  topic: string;
  session: string;
  user?: string;
  state: 'acked' | 'pending' | 'refused';
  /** Reason that the client gave for refusing it. */
  reason?: string;
}

/** Answer to a cancellation. */
export interface Cancelled {
  id: string;
  state: NotificationState;
  /** Deliveries that were cancelled. */
  cancelled: number;
  /** Deliveries that were already acknowledged or had ended. */
  kept: number;
}

/** Summary of a topic. */
export interface Topic {
  topic: string;
  epoch: string;
  /** Highest offset; 0 if the topic is empty. */
  head: number;
  /** Subscribed sessions, connected or not. */
  subscribers: number;
  /** Connected sessions. */
  online: number;
}

/** Entry of a topic. */
export interface HistoryEntry {
  offset: number;
  epoch: string;
  id?: string;
  type?: string;
  data?: unknown;
  correlationId?: string;
  traceparent?: string;
  tracestate?: string;
  at?: string;
  expiresAt?: string;
  /** Reason why this offset no longer has an entry. */
  gap?: string;
}

/** Connected users and sessions of a topic. */
export interface Presence {
  topic: string;
  users: string[];
  sessions: string[];
}

/** Session of a user. */
export interface Session {
  id: string;
  user: string;
  /** `suspended`: not connected, waiting to be resumed. */
  state: 'open' | 'suspended';
  node?: string;
  topics: string[];
  connectedAt?: string;
  /** When a suspended session can no longer be resumed. */
  expiresAt?: string;
}

/** Recipient of a dead letter: its attempts were used up, or the client refused it. */
export interface DeadLetterRecipient {
  session: string;
  user?: string;
  state: 'exhausted' | 'refused';
  attempts: number;
  /** Reason that the client gave for refusing it. */
  reason?: string;
}

/** Delivery that was given up. */
export interface DeadLetter {
  id: string;
  notification: string;
  topic: string;
  offset: number;
  type: string;
  data: unknown;
  reason: string;
  attempts: number;
  /** Recipients with no attempts left and recipients that refused it, up to 50 of each. */
  recipients: DeadLetterRecipient[];
  createdAt: string;
  deadAt: string;
  /** Notification created by the replay. */
  replayedAs?: string;
  /** As given by the sender. */
  correlationId?: string;
}

/** Page of dead letters. */
export interface DeadLetterPage extends Page<DeadLetter> {
  /** Number of dead letters of the app, regardless of the filter. */
  total: number;
}

/** Result for one dead letter: replayed as the notification with this id, or refused. */
export type ReplayResult =
  { id: string; status: 202; notification: string } | { id: string; status: number; problem: Problem };

/** Result for one dead letter: dropped, or refused. */
export type DropResult = { id: string; status: 200 } | { id: string; status: number; problem: Problem };

/** Answer to a replay. */
export interface Replayed extends Accepted {
  /** Notification whose dead letter was sent again. */
  replayOf: string;
}

/**
 * Counts of deliveries: `accepted` = `acked` + `expired` + `cancelled` + `dead` + `unguarded` +
 * `pending`.
 */
export interface Books {
  accepted: number;
  acked: number;
  expired: number;
  cancelled: number;
  dead: number;
  /** Accepted with `ack: 'none'`. */
  unguarded: number;
  pending: number;
  /** Open deliveries, counted one by one. */
  counted: number;
  /** `pending` minus `counted`; anything but zero means that a delivery was lost. */
  difference: number;
}

/** Tokens to revoke: exactly one of `user` and `jti`. Times are RFC 3339. */
export interface RevocationBody {
  /** User whose tokens are revoked: those issued before `before`, by default now. */
  user?: string | undefined;
  /** Claim `jti` of a single token. */
  jti?: string | undefined;
  /** Default: now. */
  before?: string | undefined;
  /** When the revocation may be forgotten, because its tokens have expired by then. */
  expiresAt?: string | undefined;
  reason?: string | undefined;
}

/** Revocation of tokens. */
export interface Revocation {
  /** `user:<user>` or `jti:<jti>`. */
  id: string;
  user?: string | undefined;
  jti?: string | undefined;
  before?: string | undefined;
  createdAt: string;
  expiresAt: string;
  reason?: string | undefined;
}
