import type { State } from './connection-machine.js';
import type { Emitter } from './emitter.js';
import { type Deferred, PostriderError, deferred, errorOf, textOf } from './errors.js';
import type { Frame, Welcome } from './frames.js';
import type { Socket } from './options.js';
import { Outgoing } from './outgoing.js';
import type { Settings } from './settings.js';

const OPEN = 1;

/** Connection as its users see it: state, frames to the server, and answers. */
export class Link {
  state: State = 'closed';
  /** The server's last welcome. */
  welcome: Welcome | undefined;
  /** Reason why there will be no connection. */
  closedBy: PostriderError | undefined;
  /** Number of the newest request. */
  lastId = 0;
  socket: Socket | undefined;
  readonly outgoing: Outgoing;
  readonly #settings: Settings;
  readonly #events: Emitter;
  readonly #failed: (error: PostriderError) => void;
  /** Requests without an answer, by their number. */
  readonly #pending = new Map<unknown, Deferred<unknown>>();

  constructor(settings: Settings, events: Emitter, failed: (error: PostriderError) => void) {
    this.#settings = settings;
    this.#events = events;
    this.#failed = failed;
    this.outgoing = new Outgoing(events, settings.onFrame, (text) => this.#deliver(text));
  }

  /** Sends a frame. Frames of one tick travel together. Without a connection, does nothing. */
  send(event: string, data?: unknown): void {
    try {
      this.#write({ event, data });
    } catch (error) {
      this.#events.emit('error', error as PostriderError);
    }
  }

  /**
   * Sends a frame and waits for the answer.
   * @throws PostriderError `not_connected`, `connection_lost`, `timeout`, `payload_too_large`,
   *   `not_serializable`, or the server's error.
   */
  async ask<T>(event: string, data: unknown): Promise<T> {
    if (this.state !== 'open') throw new PostriderError('not_connected', 'there is no connection', true);
    const id = ++this.lastId;
    this.#write({ event, data, id });
    const answer = deferred<unknown>();
    this.#pending.set(id, answer);
    const late = (): void => answer.reject(new PostriderError('timeout', event, true));
    const timer = setTimeout(late, this.#settings.requestTimeoutMs);
    try {
      return (await answer.promise) as T;
    } finally {
      clearTimeout(timer);
      this.#pending.delete(id);
    }
  }

  /** Settles the request that a frame answers. @returns false if it answers none. */
  settle({ event, data, id }: Frame): boolean {
    const answer = this.#pending.get(id);
    if (event === 'error') answer?.reject(errorOf(data));
    else answer?.resolve(data);
    return answer !== undefined;
  }

  /** Lets go of the socket and rejects the requests without an answer. */
  close(error = new PostriderError('connection_lost', 'the connection ended', true)): void {
    this.outgoing.flush();
    this.socket?.close(1000);
    this.socket = undefined;
    for (const answer of this.#pending.values()) answer.reject(error);
  }

  #write(frame: Frame): void {
    if (this.socket) this.outgoing.add(frame);
  }

  #deliver(text: string): void {
    // Browsers complain about messages to a socket that is closing.
    if (this.socket?.readyState !== OPEN) return;
    try {
      this.socket.send(text);
    } catch (thrown) {
      this.#failed(new PostriderError('connection_lost', textOf(thrown), true, thrown));
    }
  }
}
