import type { State } from './connection-machine.js';
import type { Emitter } from './emitter.js';
import { type Deferred, PostriderError, deferred, errorOf, guarded, textOf } from './errors.js';
import type { Frame, Welcome } from './frames.js';
import type { Settings, Socket } from './options.js';
import { Outgoing } from './outgoing.js';

const OPEN = 1;

/** The connection as those see it who talk over it: what it is doing, frames to the server, and the answers to them. */
export class Link {
  state: State = 'closed';
  /** The server's last greeting. */
  welcome: Welcome | undefined;
  /** Why there will be no connection, where that is so. */
  closedBy: PostriderError | undefined;
  /** Number of the newest request. */
  lastId = 0;
  readonly outgoing: Outgoing;
  socket: Socket | undefined;
  /** Requests without an answer, by the number that the answer repeats. */
  private readonly pending = new Map<unknown, Deferred<unknown>>();

  constructor(
    private readonly settings: Settings,
    private readonly events: Emitter,
    failed: (error: PostriderError) => void,
  ) {
    this.outgoing = new Outgoing(events, settings.onFrame, (text) => {
      // Browsers complain of what is sent while the socket closes.
      if (this.socket?.readyState === OPEN) {
        guarded(
          () => this.socket?.send(text),
          (thrown) => failed(new PostriderError('connection_lost', textOf(thrown), true, thrown)),
        );
      }
    });
  }

  /** Sends a frame; what is sent in one go travels together. Nothing happens where there is no connection. */
  send(event: string, data?: unknown): void {
    try {
      this.write({ event, data });
    } catch (error) {
      this.events.emit('error', error as PostriderError);
    }
  }

  /**
   * Sends a frame that is answered.
   * @throws PostriderError `not_connected`, `connection_lost`, `timeout`, `payload_too_large`, `not_serializable`, or what
   *   the server says.
   */
  async ask<T>(event: string, data: unknown): Promise<T> {
    if (this.state !== 'open') throw new PostriderError('not_connected', 'there is no connection', true);
    const id = ++this.lastId;
    this.write({ event, data, id });
    const answer = deferred<unknown>();
    this.pending.set(id, answer);
    const late = (): void => answer.reject(new PostriderError('timeout', event, true));
    const timer = setTimeout(late, this.settings.requestTimeoutMs);
    try {
      return (await answer.promise) as T;
    } finally {
      clearTimeout(timer);
      this.pending.delete(id);
    }
  }

  /** An answer may have come. @returns whether somebody waited for it. */
  settle({ event, data, id }: Frame): boolean {
    const answer = this.pending.get(id);
    if (event === 'error') answer?.reject(errorOf(data));
    else answer?.resolve(data);
    return answer !== undefined;
  }

  /** Lets go of the socket. @param error what is told to those who wait for answers. */
  close(error = new PostriderError('connection_lost', 'the connection ended', true)): void {
    this.outgoing.flush();
    this.socket?.close(1000);
    this.socket = undefined;
    for (const answer of this.pending.values()) answer.reject(error);
  }

  private write(frame: Frame): void {
    if (this.socket) this.outgoing.add(frame);
  }
}
