import type { Page } from './listing.js';

/** Who gets a notification: exactly one of these. */
export type Recipients =
  | { user: string }
  /** Up to 1,000. */
  | { users: string[] }
  | { topic: string }
  /** Up to 100. */
  | { topics: string[] }
  | { session: string }
  /** Every connected or waiting session of the app. */
  | { all: true };

/** What to send. The server refuses fields that it does not know. */
export interface NotificationBody {
  to: Recipients;
  /** What it is, for the application that receives it: 1 to 128 characters. */
  type: string;
  /** Any JSON. */
  data: unknown;
  /** `any`: with the first ack (default for users and sessions); `all`: with the last; `none`: never (default for topics). */
  ack?: 'any' | 'all' | 'none';
  /** Wait for an ack before the next delivery, 100 ms to a day. */
  ackWaitMs?: number;
  /** Deliveries before it becomes a dead letter, 1 to 100. */
  maxAttempts?: number;
  /** When it expires, up to 30 days from its acceptance or release. */
  ttlMs?: number;
  /** When to deliver it, RFC 3339, up to a year ahead. */
  deliverAt?: string;
  /** When to deliver it, from now; instead of `deliverAt`. */
  delayMs?: number;
  priority?: 'high' | 'normal' | 'low';
  /** Replaces an older one of this key in the topic that nobody has acknowledged. */
  collapseKey?: string;
  /** Up to 32 strings that come back in its status and are never sent to clients. */
  metadata?: Record<string, string>;
}

export type NotificationState = 'scheduled' | 'accepted' | 'acknowledged' | 'expired' | 'dead' | 'cancelled';

/** Where a notification went. A scheduled one has no `offset` yet; a topic that refused it has an `error` instead. */
export interface Target {
  topic: string;
  offset?: number;
  epoch?: string;
  /** Sessions of the topic that were connected when it was stored. */
  online?: number;
  /** Code of the problem. */
  error?: string;
}

export interface Accepted {
  id: string;
  state: NotificationState;
  targets: Target[];
}

/** A refusal as RFC 9457 words it. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  code: string;
  detail: string;
  retryable: boolean;
  errors?: readonly FieldError[];
}

export interface FieldError {
  /** Path of the field, e.g. `to.users[3]`. */
  field: string;
  message: string;
}

/** One of a batch: accepted (`status` 202) or refused, with the problem. */
export type BatchResult = ({ status: 202 } & Accepted) | { status: number; problem: Problem };

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
    /** Sessions that ended before they acknowledged. */
    left?: number;
  };
  attempts: number;
  history: { state: string; at: string }[];
  metadata?: Record<string, string>;
  /** The notification whose dead letter was sent again. */
  replayOf?: string;
  /** As given when it was sent. */
  correlationId?: string;
  /** The span of its accept, where the server traces it. */
  traceparent?: string;
}

/** What happened to a notification. */
export interface TimelineEvent {
  at: string;
  event: 'scheduled' | 'accepted' | 'redelivered' | 'nacked' | 'acknowledged' | 'expired' | 'dead' | 'cancelled';
  topic?: string;
  /** Sessions of the topic that it was sent to when it was accepted. */
  online?: number;
  /** Whether it is sent again until it is acknowledged. */
  guarded?: boolean;
  /** Which delivery was made or sent back, or was the last. */
  attempt?: number;
  /** Whose acknowledgement ended the delivery. */
  session?: string;
  /** How many recipients had acknowledged it at its end. */
  acked?: number;
  /** Of how many. */
  recipients?: number;
  reason?: string;
}

/** Who would get a notification. */
export interface DryRun {
  type: string;
  targets: {
    topic: string;
    head: number;
    subscribers: number;
    online: number;
    /** Up to 100 users who are connected. */
    users: string[];
    /** Why this target would refuse it. */
    error?: string;
  }[];
  recipients: { sessions: number; online: number };
  expiresAt: string;
  deliverAt?: string;
}

/** Of a user's personal topic. */
export interface Unacked {
  topic: string;
  offset: number;
  id: string;
  type: string;
  at: string;
  expiresAt: string;
  /** 0 where nobody was connected. */
  attempts: number;
}

export interface Receipt {
  topic: string;
  session: string;
  user?: string;
  state: 'acked' | 'pending' | 'refused';
  /** Why the client refused it, where it said so. */
  reason?: string;
}

export interface Cancelled {
  id: string;
  state: NotificationState;
  /** Deliveries cancelled. */
  cancelled: number;
  /** Deliveries that somebody had acknowledged, or that had ended. */
  kept: number;
}

export interface Topic {
  topic: string;
  epoch: string;
  /** The last offset; 0 in an empty topic. */
  head: number;
  /** Sessions subscribed, connected or not. */
  subscribers: number;
  /** Sessions connected. */
  online: number;
}

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
  /** Why there is no entry at this offset any more. */
  gap?: string;
}

export interface Presence {
  topic: string;
  users: string[];
  sessions: string[];
}

export interface Session {
  id: string;
  user: string;
  /** `suspended`: not connected, waiting to be resumed. */
  state: 'open' | 'suspended';
  node?: string;
  topics: string[];
  connectedAt?: string;
  /** Until when a suspended session can be resumed. */
  expiresAt?: string;
}

/** Why a delivery was given up, for one of its recipients: it used up its attempts, or the client refused it. */
export interface DeadLetterRecipient {
  session: string;
  user?: string;
  state: 'exhausted' | 'refused';
  attempts: number;
  /** Why the client refused it, where it said so. */
  reason?: string;
}

export interface DeadLetter {
  id: string;
  notification: string;
  topic: string;
  offset: number;
  type: string;
  data: unknown;
  reason: string;
  attempts: number;
  /** Who used it up and who refused it, up to 50 of each. */
  recipients: DeadLetterRecipient[];
  createdAt: string;
  deadAt: string;
  /** The notification that sent it again. */
  replayedAs?: string;
  /** As given when it was sent. */
  correlationId?: string;
}

export interface DeadLetterPage extends Page<DeadLetter> {
  /** How many the app has in all, whatever the filter. */
  total: number;
}

/** One of many: sent again as the notification with this id, or refused. */
export type ReplayResult =
  { id: string; status: 202; notification: string } | { id: string; status: number; problem: Problem };

/** One of many: forgotten, or refused. */
export type DropResult = { id: string; status: 200 } | { id: string; status: number; problem: Problem };

export interface Replayed extends Accepted {
  replayOf: string;
}

/** `accepted` = `acked` + `expired` + `cancelled` + `dead` + `unguarded` + `pending`. */
export interface Books {
  accepted: number;
  acked: number;
  expired: number;
  cancelled: number;
  dead: number;
  /** Accepted with `ack: 'none'`. */
  unguarded: number;
  pending: number;
  /** The pending ones, counted one by one. */
  counted: number;
  /** Zero, or something was lost. */
  difference: number;
}

/** What to take back: exactly one of `user` and `jti`. Times are RFC 3339. */
export interface RevocationBody {
  /** Whose tokens: all that were issued before `before`, now if not given. */
  user?: string | undefined;
  /** Which one token, by its claim `jti`. */
  jti?: string | undefined;
  before?: string | undefined;
  /** Until when it is kept, as its tokens end by then. */
  expiresAt?: string | undefined;
  reason?: string | undefined;
}

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
