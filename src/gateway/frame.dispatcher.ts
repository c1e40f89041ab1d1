import { Inject, Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import { PostriderError } from '../errors/postrider.error.js';
import { retryWaitMs } from '../errors/retry.wait.js';
import { postriderErrorOf } from '../http/problem.js';
import type { Tally } from '../observability/counter.family.js';
import { EventLog } from '../observability/event.log.js';
import { Metrics } from '../observability/metrics.js';
import { AckHandler } from './ack.handler.js';
import { ArrivalClock } from './arrival.clock.js';
import { type ClientFrame, readFrames, readPlainAck } from './client.frames.js';
import { type Answer, type Connection, errorData } from './connection.js';
import type { FrameId } from './frame.codec.js';
import { FrameThrottle } from './frame.throttle.js';
import { RequestHandler } from './request.handler.js';

type Request = (connection: Connection, data: unknown, answer: Answer, id?: FrameId) => Promise<void>;

/** Events of clients beside the requests. */
const OTHER_EVENTS = new Set(['ack', 'nack', 'ping', 'pong']);
/** A hello that can be mended on the same socket. */
const MENDABLE = new Set(['malformed_frame', 'invalid_request']);

/** Takes the frames of clients to who handles them; requests of one socket run and are answered one after another. */
@Injectable()
export class FrameDispatcher {
  private readonly requests: ReadonlyMap<string, Request>;
  private readonly plainAcks: Tally;
  private readonly logger = new EventLog(FrameDispatcher.name);

  constructor(
    @Inject(Config) private readonly config: Config,
    private readonly acks: AckHandler,
    private readonly metrics: Metrics,
    private readonly handler: RequestHandler,
    private readonly throttle: FrameThrottle,
    private readonly arrivals: ArrivalClock,
  ) {
    this.plainAcks = metrics.frameReceived('ack');
    this.requests = new Map<string, Request>([
      ['hello', (...request) => handler.hello(...request)],
      ['subscribe', (...request) => handler.subscribe(...request)],
      ['unsubscribe', (...request) => handler.unsubscribe(...request)],
      ['publish', (...request) => handler.publish(...request)],
      ['presence', (...request) => handler.presence(...request)],
      ['refresh', (...request) => handler.refresh(...request)],
    ]);
  }

  /** One message of the socket. */
  receive(connection: Connection, text: string | undefined): void {
    connection.seenAtMs = performance.now();
    if (connection.closed) return;
    // One, and one more for each KiB.
    const cost = 1 + ((text?.length ?? 0) >>> 10);
    if (!connection.budget.spend(cost, connection.seenAtMs)) this.throttle.overdrawn(connection);
    try {
      if (text === undefined) throw new PostriderError('malformed_frame', 'Frames must be text, not binary.');
      const ack = connection.session && readPlainAck(text);
      if (ack) {
        connection.malformed = 0;
        this.plainAcks.inc();
        return this.acks.ack(connection, ack);
      }
      const frames = readFrames(text);
      connection.malformed = 0;
      for (const frame of frames) this.dispatch(connection, frame);
    } catch (error) {
      this.fail(connection, error);
    }
    if (connection.unanswered >= this.config.wsMaxPendingRequests) connection.ws.pause();
  }

  private dispatch(connection: Connection, { event, data, id }: ClientFrame): void {
    this.metrics.frameReceived(event).inc();
    try {
      if (event === 'pong') return connection.ponged();
      if (event === 'ping') return this.inTurn(connection, 'pong', undefined, id);
      if (event === 'hello') connection.askedAtMs = this.arrivals.earliest();
      const request = this.requests.get(event);
      if (request) return this.run(connection, request, { event, data, id });
      if (event === 'ack' || event === 'nack') {
        // A client that resumes may send what it has to acknowledge right behind its hello.
        if (!connection.session) this.run(connection, (...later) => this.settle(event, ...later), { event, data, id });
        else this.acks[event](connection, data, id);
      } else if (id !== undefined) {
        throw new PostriderError('unknown_event', 'There is no such event.', { field: 'event' });
      }
    } catch (error) {
      this.fail(connection, error, event, id);
    }
  }

  /** An answer that needs no work still comes after those of earlier requests. */
  private inTurn(connection: Connection, event: string, data: object | undefined, id?: FrameId): void {
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
    connection.tail = connection.tail.then(async () => {
      if (connection.closed) return once();
      try {
        if (event !== 'hello' && !connection.session) await this.handler.begin(connection);
        if (connection.closed) return once();
        await request(connection, data, once, id);
        once();
      } catch (thrown) {
        const error = this.told(connection, thrown, event);
        if (answered) connection.sendError(error, id);
        else once('error', errorData(error, id), id);
        this.afterRefusal(connection, error, event === 'hello' || !connection.identity);
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
    const error = this.told(connection, thrown, event);
    this.inTurn(connection, 'error', errorData(error, id), id);
    this.afterRefusal(connection, error);
  }

  private told(connection: Connection, thrown: unknown, event?: string): PostriderError {
    const error = postriderErrorOf(thrown);
    this.metrics.frameError(error.code).inc();
    const { code, field, detail } = error;
    const isKnown = event !== undefined && (this.requests.has(event) || OTHER_EVENTS.has(event));
    const frame = isKnown ? event : 'other';
    if (code === 'internal') this.logger.tell('frame_failed', { ...connection.ids, frame, code }, error.cause ?? error);
    else if (event === 'hello') this.logger.tell('hello_refused', { ...connection.ids, code, field, detail });
    else if (this.logger.tells('frame_refused')) {
      this.logger.tell('frame_refused', { ...connection.ids, frame, code, field });
    }
    return error;
  }

  private afterRefusal(connection: Connection, error: PostriderError, opening = false): void {
    const { code, retryAfterMs = retryWaitMs() } = error;
    if (opening && !MENDABLE.has(code)) {
      const closeCode = code === 'unauthorized' ? 4401 : code === 'too_many_connections' ? 4429 : 1012;
      connection.close({ code: closeCode, reason: code, reconnect: true, retryAfterMs });
      return;
    }
    if (code !== 'malformed_frame') return;
    this.metrics.malformed.inc();
    connection.malformed++;
    if (connection.malformed < this.config.wsMaxMalformed) return;
    connection.close({ code: 4400, reason: 'malformed frames', reconnect: true, retryAfterMs });
  }
}
