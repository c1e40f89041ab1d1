import type { DropResult, ReplayResult } from '@postrider/server';

/**
 * Answers of the server; those of REST come from the server SDK, which a test compares with the
 * server.
 */
export type {
  Accepted,
  DeadLetter,
  DropResult,
  DryRun,
  HistoryEntry,
  NotificationState as State,
  NotificationStatus as Status,
  Presence,
  Receipt,
  ReplayResult,
  Session,
  Target,
  TimelineEvent,
  Topic,
  Unacked,
} from '@postrider/server';

export interface Page<T> {
  items: T[];
  next: string | null;
  /** How many there are in all, where the list tells. */
  total?: number;
}

export interface BulkAnswer {
  results: (ReplayResult | DropResult)[];
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
