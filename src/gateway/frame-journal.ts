import { Injectable } from '@nestjs/common';
import { SocketSettings } from '../config/settings.js';
import { CLIENT_DATA } from '../contract/client-frames.js';
import type { GoodbyeMeaning } from '../contract/goodbyes.js';
import type { ErrorCode, PostriderError } from '../contract/postrider-error.js';
import { postriderErrorOf } from '../contract/problem.js';
import { retryWaitMs } from '../contract/retry-wait.js';
import type { Tally } from '../observability/counter-family.js';
import { EventLogger } from '../observability/event-logger.js';
import { Metrics } from '../observability/metrics.js';
import type { Connection } from './connection.js';

/**
 * Goodbyes for a `hello` that is refused with these codes; after any other code the client retries.
 */
const REFUSED_HELLO: Readonly<Partial<Record<ErrorCode, GoodbyeMeaning>>> = {
  unauthorized: 'token_refused',
  too_many_connections: 'too_many_connections',
};
/** Codes of a `hello` that the client can correct on the same socket. */
const CORRECTABLE: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['malformed_frame', 'invalid_request']);

/** Counts and logs client frames, and ends connections whose frames cannot be served. */
@Injectable()
export class FrameJournal {
  /** Counter of acks, the most frequent frames. */
  readonly acks: Tally;
  private readonly logger = new EventLogger('Frames');

  constructor(
    private readonly settings: SocketSettings,
    private readonly metrics: Metrics,
  ) {
    this.acks = metrics.frameReceived('ack');
  }

  received(event: string): void {
    this.metrics.frameReceived(event).inc();
  }

  /**
   * Counts and logs a refusal.
   * @returns the error for the client.
   */
  refused(connection: Connection, thrown: unknown, event?: string): PostriderError {
    const error = postriderErrorOf(thrown);
    const { code, field, detail } = error;
    this.metrics.frameError(code).inc();
    const frame = event !== undefined && Object.hasOwn(CLIENT_DATA, event) ? event : 'other';
    if (code === 'internal')
      this.logger.event('frame_failed', { ...connection.ids, frame, code }, error.cause ?? error);
    else if (event === 'hello') this.logger.event('hello_refused', { ...connection.ids, code, field, detail });
    else if (this.logger.isEnabled('frame_refused')) {
      this.logger.event('frame_refused', { ...connection.ids, frame, code, field });
    }
    return error;
  }

  /**
   * Ends the connection if it cannot continue after a refusal.
   * @param opening true if the refused frame was to open its session.
   */
  settle(connection: Connection, error: PostriderError, opening = false): void {
    const { code, retryAfterMs = retryWaitMs() } = error;
    if (opening && !CORRECTABLE.has(code)) {
      return connection.goodbye(REFUSED_HELLO[code] ?? 'unavailable', { reason: code, retryAfterMs });
    }
    if (code !== 'malformed_frame') return;
    this.metrics.malformed.inc();
    if (connection.unreadable() >= this.settings.wsMaxMalformed) connection.goodbye('malformed', { retryAfterMs });
  }
}
