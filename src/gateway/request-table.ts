import { Injectable } from '@nestjs/common';
import type { ClientEvent, FrameId } from '../contract/client-frames.js';
import type { Answer } from './answer-queue.js';
import type { Connection } from './connection.js';
import { SessionRequests } from './session-requests.js';
import { TopicRequests } from './topic-requests.js';

/** Events that need more than the state of their connection; they run one after another. */
export type RequestEvent = Exclude<ClientEvent, 'ack' | 'nack' | 'ping' | 'pong'>;

/** Serves one request. It may answer before it ends, and never answers twice. */
export type Request = (connection: Connection, data: unknown, answer: Answer, id?: FrameId) => Promise<void>;

/** Handlers of client requests, by event. */
@Injectable()
export class RequestTable {
  private readonly handlers: Readonly<Record<RequestEvent, Request>>;

  constructor(
    private readonly sessions: SessionRequests,
    topics: TopicRequests,
  ) {
    this.handlers = {
      hello: (...request) => sessions.hello(...request),
      refresh: (...request) => sessions.refresh(...request),
      subscribe: (...request) => topics.subscribe(...request),
      unsubscribe: (...request) => topics.unsubscribe(...request),
      publish: (...request) => topics.publish(...request),
      presence: (...request) => topics.presence(...request),
    };
  }

  /** @returns undefined if the event is not a request. */
  of(event: string): Request | undefined {
    return Object.hasOwn(this.handlers, event) ? this.handlers[event as RequestEvent] : undefined;
  }

  /** Opens the session of a connection whose first frame is not `hello`. */
  begin(connection: Connection): Promise<void> {
    return this.sessions.begin(connection);
  }
}
