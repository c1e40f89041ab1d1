/** The answers of the server as docs/rest-api.md words them, as far as the console shows them. */
export interface Page<T> {
  items: T[];
  next: string | null;
  /** How many there are in all, where the list tells. */
  total?: number;
}

export type State = 'scheduled' | 'accepted' | 'acknowledged' | 'expired' | 'dead' | 'cancelled';

export interface Target {
  topic: string;
  offset?: number;
  epoch?: string;
  online?: number;
  error?: string;
}

export interface Accepted {
  id: string;
  state: State;
  targets: Target[];
}

export interface Status extends Accepted {
  type: string;
  createdAt: string;
  expiresAt: string;
  deliverAt?: string;
  recipients: { total: number; acked: number; pending: number; refused?: number; left?: number };
  attempts: number;
  history: { state: string; at: string }[];
  metadata?: Record<string, string>;
  replayOf?: string;
}

export interface TimelineEvent {
  at: string;
  event: string;
  topic?: string;
  attempt?: number;
  reason?: string;
}

export interface Receipt {
  topic: string;
  session: string;
  user?: string;
  state: 'acked' | 'pending' | 'refused';
}

export interface Session {
  id: string;
  user: string;
  state: 'open' | 'suspended';
  node?: string;
  topics: string[];
  connectedAt?: string;
  expiresAt?: string;
}

export interface Unacked {
  topic: string;
  offset: number;
  id: string;
  type: string;
  at: string;
  expiresAt: string;
  attempts: number;
}

export interface Topic {
  topic: string;
  epoch: string;
  head: number;
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
  expiresAt?: string;
  gap?: string;
}

export interface Presence {
  users: string[];
  sessions: string[];
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
  createdAt: string;
  deadAt: string;
  replayedAs?: string;
}

export interface BulkAnswer {
  results: {
    id: string;
    status: number;
    notification?: string;
    problem?: { code: string; detail?: string; title?: string };
  }[];
}

export interface DryRun {
  type: string;
  targets: { topic: string; head: number; subscribers: number; online: number; users: string[] }[];
  recipients: { sessions: number; online: number };
  expiresAt: string;
  deliverAt?: string;
}

export interface ConsoleSession {
  name: string;
  apps: string[];
}

/** With what the pushed samples are listened to. */
export interface SocketToken {
  token: string;
  expiresAt: string;
}
