import { Injectable } from '@nestjs/common';
import { PostriderError } from '../contract/postrider-error.js';
import { spreadMs } from '../contract/retry-wait.js';
import { Metrics } from '../observability/metrics.js';
import type { Connection } from './connection.js';

const MAX_STRIKES = 3;
/** Minimum time for which a socket over its budget is not read. */
const REST_MS = 1_000;
/** Time for the goodbye to go out before a socket that keeps sending is cut. */
const LEAVE_MS = 1_000;

/**
 * Slows down a socket that exceeds its frame budget: it gets an error, is not read for a while, and
 * is finally closed.
 */
@Injectable()
export class FrameThrottle {
  constructor(private readonly metrics: Metrics) {}

  /** Counts a WebSocket control frame, which `ws` answers. */
  control(connection: Connection): void {
    if (connection.isOpen && !connection.budget.spend(1, performance.now())) this.overdrawn(connection);
  }

  /**
   * Handles a frame over the budget. The frame itself is still served, so that nothing sent is
   * lost.
   */
  overdrawn(connection: Connection): void {
    // Frames that had already been read when reading stopped.
    if (connection.rests) return;
    this.metrics.limited('frames').inc();
    if (connection.budget.strike() >= MAX_STRIKES) {
      connection.goodbye('too_many_frames', { retryAfterMs: spreadMs(5_000, 10_000) });
      setTimeout(() => connection.cut(), LEAVE_MS).unref();
      return;
    }
    const retryAfterMs = Math.max(REST_MS, connection.budget.debtMs);
    connection.sendError(new PostriderError('rate_limited', 'Too many frames. Send more slowly.', { retryAfterMs }));
    connection.rest(retryAfterMs);
  }
}
