import { Injectable } from '@nestjs/common';
import { PostriderError } from '../contract/postrider-error.js';
import { spreadMs } from '../contract/retry-wait.js';
import { Metrics } from '../observability/metrics.js';
import type { Connection } from './connection.js';

const MAX_STRIKES = 3;
/** Least time for which a socket that sent too much is not read. */
const REST_MS = 1_000;
/** How long the goodbye has to go out before a socket that goes on sending is cut. */
const LEAVE_MS = 1_000;

/** Slows down a socket that sends more than its budget: it is told and not read for a while, and in the end closed. */
@Injectable()
export class FrameThrottle {
  constructor(private readonly metrics: Metrics) {}

  /** A control frame of the protocol below ours, which is answered without us. */
  control(connection: Connection): void {
    if (connection.isOpen && !connection.budget.spend(1, performance.now())) this.overdrawn(connection);
  }

  /** The frame that was too much is still served: nothing that a client sent is lost. */
  overdrawn(connection: Connection): void {
    // What had been read already when reading stopped.
    if (connection.rests) return;
    this.metrics.limited('frames').inc();
    if (connection.budget.strike() >= MAX_STRIKES) {
      connection.goodbye('too_many_frames', { retryAfterMs: spreadMs(5_000, 10_000) });
      setTimeout(() => connection.cut(), LEAVE_MS).unref();
      return;
    }
    const retryAfterMs = Math.max(REST_MS, connection.budget.debtMs);
    connection.sendError(new PostriderError('rate_limited', 'Too many frames: send more slowly.', { retryAfterMs }));
    connection.rest(retryAfterMs);
  }
}
