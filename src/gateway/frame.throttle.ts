import { Inject, Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import { PostriderError } from '../errors/postrider.error.js';
import { spreadMs } from '../errors/retry.wait.js';
import { Metrics } from '../observability/metrics.js';
import type { Connection } from './connection.js';

const MAX_STRIKES = 3;
/** Least time for which a socket that sent too much is not read. */
const REST_MS = 1_000;
/** How long the goodbye has to go out before a socket that goes on sending is cut. */
const LEAVE_MS = 1_000;

/** What becomes of a socket that sends more than its budget: it is told and not read for a while, in the end it is closed. */
@Injectable()
export class FrameThrottle {
  constructor(
    @Inject(Config) private readonly config: Config,
    private readonly metrics: Metrics,
  ) {}

  /** A control frame of the protocol below ours, which is answered without us. */
  control(connection: Connection): void {
    if (!connection.closed && !connection.budget.spend(1, performance.now())) this.overdrawn(connection);
  }

  /** The frame that was too much is still served: nothing that a client sent is lost. */
  overdrawn(connection: Connection): void {
    // What had been read already when reading stopped.
    if (connection.throttled) return;
    this.metrics.limited('frames').inc();
    if (++connection.budget.strikes >= MAX_STRIKES) {
      connection.close({ code: 4429, reason: 'rate_limited', reconnect: true, retryAfterMs: spreadMs(5_000, 10_000) });
      setTimeout(() => connection.ws.terminate(), LEAVE_MS).unref();
      return;
    }
    const retryAfterMs = Math.max(REST_MS, connection.budget.debtMs);
    connection.sendError(new PostriderError('rate_limited', 'Too many frames: send more slowly.', { retryAfterMs }));
    connection.throttled = true;
    connection.ws.pause();
    setTimeout(() => this.resume(connection), retryAfterMs).unref();
  }

  private resume(connection: Connection): void {
    connection.throttled = false;
    // With more it is paused for another reason, and resumed when they are answered.
    if (connection.unanswered < this.config.wsMaxPendingRequests) connection.ws.resume();
  }
}
