/** REST answers as documented; deliberately separate from the server's types. */
export interface Target {
  user?: string;
  users?: string[];
  topic?: string;
  topics?: string[];
  session?: string;
  all?: boolean;
}

export interface NotificationBody {
  to: Target;
  type: string;
  data?: unknown;
  ack?: 'any' | 'all' | 'none';
  ackWaitMs?: number;
  maxAttempts?: number;
  ttlMs?: number;
  deliverAt?: string;
  delayMs?: number;
  priority?: 'high' | 'normal' | 'low';
  collapseKey?: string;
  metadata?: Record<string, string>;
}

export interface AcceptedTarget {
  topic: string;
  offset: number;
  epoch: string;
  online: number;
  /** Code of the problem if this target refused it; then it has no offset. */
  error?: string;
}

export interface Accepted {
  id: string;
  state: State;
  targets: AcceptedTarget[];
}

export type State = 'scheduled' | 'accepted' | 'acknowledged' | 'expired' | 'dead' | 'cancelled';

export interface Problem {
  type: string;
  title: string;
  status: number;
  code: string;
  detail?: string;
  retryable: boolean;
  errors?: { field: string; message: string }[];
}

export interface Status {
  id: string;
  state: State;
  type: string;
  createdAt: string;
  expiresAt: string;
  targets: AcceptedTarget[];
  recipients: { total: number; acked: number; pending: number; refused?: number; left?: number };
  attempts: number;
  history: { state: string; at: string }[];
  metadata?: Record<string, string>;
}

export interface Page<T> {
  items: T[];
  next: string | null;
}

export interface Receipt {
  topic: string;
  session: string;
  user: string;
  state: 'acked' | 'pending' | 'refused';
  reason?: string;
}

export interface BatchResult {
  status: number;
  id?: string;
  state?: State;
  targets?: AcceptedTarget[];
  problem?: Problem;
}

export interface TopicInfo {
  topic: string;
  head: number;
  epoch: string;
  subscribers: number;
  online: number;
}

export interface HistoryEntry {
  offset: number;
  epoch: string;
  id?: string;
  type?: string;
  data?: unknown;
  at?: string;
  gap?: string;
}

export interface Presence {
  topic: string;
  users: string[];
  sessions: string[];
}

export interface SessionInfo {
  id: string;
  user: string;
  state: 'open' | 'suspended';
  node?: string;
  topics: string[];
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
  recipients: { session: string; user?: string; state: 'exhausted' | 'refused'; attempts: number; reason?: string }[];
  replayedAs?: string;
}

export interface Books {
  accepted: number;
  acked: number;
  expired: number;
  cancelled: number;
  dead: number;
  unguarded: number;
  pending: number;
  counted: number;
  difference: number;
}
