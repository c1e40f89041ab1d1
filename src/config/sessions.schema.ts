import { count, durationMs, timerMs } from './setting.js';

const DAY_MS = 86_400_000;

/** Settings of sessions, which outlive their sockets. */
export const sessions = {
  sessionTtlMs: durationMs(1_800_000, 'How long a session without a socket can be resumed.', 100, 30 * DAY_MS),
  maxSessionsPerUser: count(100, 'Maximum sessions of one user; beyond it the session suspended longest ends.'),
  leaseMs: timerMs(12_000, 'How long a node without a sign of life keeps its sessions.', 500),
};
