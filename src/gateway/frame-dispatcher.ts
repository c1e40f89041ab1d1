import { Injectable } from '@nestjs/common';
import { type ClientFrame, type FrameId, readFrames, readPlainAck } from '../contract/client-frames.js';
import { PostriderError } from '../contract/postrider-error.js';
import type { ServerEvent } from '../contract/server-frames.js';
import { AckHandler } from './ack-handler.js';
import type { Answer } from './answer-queue.js';
import { ArrivalClock } from './arrival-clock.js';
import { type Connection, errorData } from './connection.js';
import { FrameJournal } from './frame-journal.js';
import { FrameThrottle } from './frame-throttle.js';
import { type Request, RequestTable } from './request-table.js';

/**
 * Passes client frames to their handlers. The requests of one socket run, and are answered, one
 * after another.
 */
@Injectable()
export class FrameDispatcher {
  constructor(
    private readonly acks: AckHandler,
    private readonly requests: RequestTable,
    private readonly throttle: FrameThrottle,
    private readonly arrivals: ArrivalClock,
    private readonly journal: FrameJournal,
  ) {}

  /** Handles one message of the socket. */
  receive(connection: Connection, text: string | undefined): void {
    const nowMs = performance.now();
    connection.heard(nowMs);
    if (!connection.isOpen) return;
    // One, plus one for each KiB.
    const cost = 1 + ((text?.length ?? 0) >>> 10);
    if (!connection.budget.spend(cost, nowMs)) this.throttle.overdrawn(connection);
    try {
      if (text === undefined)
        throw new PostriderError('malformed_frame', 'Frames must be text, not binary. Send JSON as text.');
      const ack = connection.topics && readPlainAck(text);
      if (ack) {
        connection.readable();
        this.journal.acks.inc();
        return this.acks.ack(connection, ack);
      }
      const frames = readFrames(text);
      connection.readable();
      for (const frame of frames) this.dispatch(connection, frame);
    } catch (error) {
      this.fail(connection, error);
    }
    connection.pauseIfBusy();
  }

  /** Handles a WebSocket control frame. */
  control(connection: Connection): void {
    this.throttle.control(connection);
  }

  private dispatch(connection: Connection, { event, data, id }: ClientFrame): void {
    this.journal.received(event);
    try {
      if (event === 'pong') return connection.ponged();
      if (event === 'ping') return this.inTurn(connection, 'pong', undefined, id);
      if (event === 'hello') connection.askForSession(this.arrivals.earliest());
      const request = this.requests.of(event);
      if (request) return this.run(connection, request, { event, data, id });
      if (event === 'ack' || event === 'nack') {
        // A client that resumes may send its acks right after its hello.
        if (!connection.topics) this.run(connection, (...later) => this.settle(event, ...later), { event, data, id });
        else this.acks[event](connection, data, id);
      } else if (id !== undefined) {
        throw new PostriderError(
          'unknown_event',
          'This event does not exist. Send an event that the protocol defines.',
          { field: 'event' },
        );
      }
    } catch (error) {
      this.fail(connection, error, event, id);
    }
  }

  /** An answer that needs no work still comes after those of earlier requests. */
  private inTurn(connection: Connection, event: ServerEvent, data: object | undefined, id?: FrameId): void {
    if (connection.unanswered > 0) connection.reserve()(event, data, id);
    else connection.send(event, data, id);
  }

  private run(connection: Connection, request: Request, { event, data, id }: ClientFrame): void {
    const answer = connection.reserve();
    let answered = false;
    const once: Answer = (...reply) => {
      if (answered) return;
      answered = true;
      answer(...reply);
    };
    connection.enqueue(async () => {
      if (!connection.isOpen) return once();
      try {
        if (event !== 'hello' && !connection.topics) await this.requests.begin(connection);
        if (!connection.isOpen) return once();
        await request(connection, data, once, id);
        once();
      } catch (thrown) {
        const error = this.journal.refused(connection, thrown, event);
        if (answered) connection.sendError(error, id);
        else once('error', errorData(error, id), id);
        this.journal.settle(connection, error, event === 'hello' || !connection.identity);
      }
    });
  }

  private settle(
    event: 'ack' | 'nack',
    connection: Connection,
    data: unknown,
    answer: Answer,
    id?: FrameId,
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      try {
        this.acks[event](connection, data, id, (...reply) => {
          answer(...reply);
          resolve();
        });
        if (id === undefined) resolve();
      } catch (error) {
        reject(error as Error);
      }
    });
  }

  private fail(connection: Connection, thrown: unknown, event?: string, id?: FrameId): void {
    const error = this.journal.refused(connection, thrown, event);
    this.inTurn(connection, 'error', errorData(error, id), id);
    this.journal.settle(connection, error);
  }
}
