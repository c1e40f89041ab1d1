import type { DropResult, ReplayResult } from '@postrider/server';

/**
 * Answers of the server. The REST types come from the server SDK, which a test compares with the
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
  /** Total number of items, if the list has it. */
  total?: number;
}

export interface BulkAnswer {
  results: (ReplayResult | DropResult)[];
}

export interface ConsoleSession {
  name: string;
  apps: string[];
}

/** Access to the pushed samples. */
export interface SocketToken {
  token: string;
  expiresAt: string;
}
