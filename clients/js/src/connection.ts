import { EFFECTS, type Happening, TRANSITIONS } from './connection-machine.js';
import type { Emitter } from './emitter.js';
import { endingOf } from './ending.js';
import { type ErrorCode, PostriderError, errorOf, textOf } from './errors.js';
import { type Frame, type Goodbye, type Welcome, isWelcome, readFrames } from './frames.js';
import { Link } from './link.js';
import type { Memory } from './memory.js';
import { Outage } from './outage.js';
import { Pulse } from './pulse.js';
import { Renewal } from './renewal.js';
import type { Settings } from './settings.js';
import { openSocket } from './socket.js';
import { Tokens } from './tokens.js';

/** Listener to the life of a connection. */
export interface ConnectionOwner {
  welcomed(welcome: Welcome): void;
  /** Takes any frame that is not about the connection itself. */
  frame(frame: Frame): void;
  /** The socket is gone. */
  interrupted(): void;
  /** The connection will not come back by itself. */
  ended(error: PostriderError): void;
}

const LIFE_SIGN_MS = 5_000;

/** Runs the state machine: sockets, tokens, heartbeats and reconnects. */
export class Connection {
  readonly link: Link;
  /** The session to resume. */
  session: string | undefined;
  readonly #settings: Settings;
  readonly #memory: Memory;
  readonly #events: Emitter;
  readonly #owner: ConnectionOwner;
  readonly #tokens: Tokens;
  readonly #outage: Outage;
  readonly #renewal: Renewal;
  readonly #pulse: Pulse;
  #leaving: Goodbye | undefined;
  /** The server's last frame, if it was an error. */
  #said: PostriderError | undefined;
  /** Number of the current socket; events of an earlier one are ignored. */
  #round = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(settings: Settings, memory: Memory, events: Emitter, owner: ConnectionOwner) {
    this.#settings = settings;
    this.#memory = memory;
    this.#events = events;
    this.#owner = owner;
    const { backoff, token, requestTimeoutMs } = settings;
    this.#outage = new Outage(settings, events);
    this.#tokens = new Tokens(token, requestTimeoutMs);
    this.#pulse = new Pulse((forMs) => this.#fail(new PostriderError('silent', `no frame for ${forMs} ms`, true)));
    this.link = new Link(settings, events, (error) => this.#fail(error));
    this.#renewal = new Renewal(this.#tokens, backoff, this.link, events);
  }

  /** Enters the state that the machine gives for an event, and takes the steps of that state. */
  fire(happening: Happening, error?: PostriderError, retryInMs?: number): void {
    const state = TRANSITIONS[this.link.state][happening];
    if (!state) return;
    this.link.state = state;
    for (const effect of EFFECTS[state]) {
      if (effect === 'dial') void this.#dial();
      else if (effect === 'drop') this.#drop(state === 'closed' ? error : undefined);
      else this.#timer = setTimeout(() => this.#wake(false), retryInMs);
    }
    if (state === 'closed' && error) {
      this.#outage.end();
      this.link.closedBy = error;
      this.#owner.ended(error);
    }
    this.#events.emit('state', { state, reason: error?.code, retryInMs });
  }

  /**
   * Connects because the application asks for it, perhaps with another token. The count of attempts
   * restarts.
   */
  start(happening: 'connect' | 'reconnect'): void {
    this.link.closedBy = undefined;
    this.#outage.forget();
    this.#tokens.refuse();
    this.fire(happening);
  }

  /** Connects at once, or checks that the connection is alive: the network may have changed. */
  check(): void {
    if (this.link.state !== 'open') return this.#wake(true);
    this.link.send('ping');
    this.#pulse.watch(this.link.welcome?.timeoutMs ?? 0, LIFE_SIGN_MS);
  }

  /** @throws PostriderError as `ask` does, and `token_unavailable`, `user_changed`. */
  refresh(): Promise<void> {
    return this.#renewal.refresh();
  }

  #wake(woken: boolean): void {
    if (this.link.state !== 'connecting') this.#outage.woken = woken;
    this.fire('wake');
  }

  #drop(error?: PostriderError): void {
    this.#round++;
    clearTimeout(this.#timer);
    this.#pulse.stop();
    this.#renewal.stop();
    this.#leaving = undefined;
    this.#said = undefined;
    this.link.close(error);
    this.#owner.interrupted();
  }

  async #dial(): Promise<void> {
    const round = ++this.#round;
    const isCurrent = (): boolean => round === this.#round;
    const { WebSocket, url, window, clientName, requestTimeoutMs } = this.#settings;
    try {
      // A client that is created and closed in the same tick requests no token.
      await undefined;
      if (!isCurrent()) return;
      const [token, session] = await Promise.all([this.#tokens.get(), this.#memory.session()]);
      if (!isCurrent()) return;
      this.session = session;
      this.link.socket = openSocket(WebSocket, url, requestTimeoutMs, isCurrent, {
        opened: () => this.link.send('hello', { token, session, window, client: clientName || undefined }),
        message: (text) => this.#receive(text),
        refused: (error) => {
          this.#said = error;
        },
        closed: (code, reason, unexplained) => this.#closed(code, reason, unexplained),
        foreign: (reason) => this.#refuse('protocol_version', reason),
      });
      this.#pulse.beat();
      this.#pulse.watch(requestTimeoutMs);
    } catch (thrown) {
      if (!isCurrent()) return;
      if (thrown instanceof PostriderError) this.#fail(thrown, true);
      else this.#fail(new PostriderError('unreachable', textOf(thrown), true, thrown));
    }
  }

  #receive(text: string): void {
    const round = this.#round;
    this.#pulse.beat();
    let frames: Frame[];
    try {
      frames = readFrames(text);
    } catch {
      return this.#refuse('protocol_version', 'the server does not speak JSON');
    }
    for (const frame of frames) {
      if (round !== this.#round) return;
      this.link.outgoing.show('in', frame);
      this.#take(frame);
    }
  }

  #take(frame: Frame): void {
    const { event, data } = frame;
    if (event !== 'goodbye') this.#said = event === 'error' ? errorOf(data) : undefined;
    if (event === 'ping') this.link.send('pong');
    else if (event === 'goodbye') {
      this.#leaving = data as Goodbye;
      this.#events.emit(event, this.#leaving);
    } else if (this.link.state === 'open') {
      this.#owner.frame(frame);
      if (!this.link.settle(frame) && this.#said) this.#events.emit('error', this.#said);
    } else if (isWelcome(frame)) this.#greeted(frame.data);
    else if (event !== 'error') this.#refuse('protocol_version', `${event} instead of welcome`);
  }

  #greeted(welcome: Welcome): void {
    const { session, user } = welcome;
    const before = this.link.welcome?.user ?? user;
    if (user !== before) return this.#refuse('user_changed', `the token is for ${user}, not for ${before}`);
    this.link.welcome = welcome;
    this.link.outgoing.maxBytes = welcome.maxFrameBytes || Infinity;
    this.#outage.end();
    this.#tokens.accept(welcome);
    this.#pulse.watch(welcome.timeoutMs);
    this.#renewal.plan();
    if (this.session !== session) this.#keep(session);
    this.fire('welcomed');
    if (this.link.state === 'open') this.#owner.welcomed(welcome);
  }

  #closed(code: number, reason: string, unexplained: boolean): void {
    const leaving = this.#leaving;
    const { state, welcome } = this.link;
    // The close frame may be lost after the goodbye.
    if (leaving && code === 1006) ({ code, reason } = leaving);
    const said = state === 'connecting' || code >= 4000 ? this.#said : undefined;
    let error = endingOf(code, reason, leaving, said ?? (unexplained ? this.#outage.why : undefined));
    let loud: boolean | undefined = code === 1009 || undefined;
    if (error.code === 'unauthorized') loud = this.#tokens.refuse();
    if (code === 4503 && (welcome ?? this.session)) {
      // A client that does not know its user yet has the session of an earlier user, and begins its
      // own.
      loud = false;
      error = new PostriderError('user_changed', error.message, !welcome, undefined, 0);
    }
    if (code >= 4500) this.#keep(undefined);
    this.#fail(error, loud, unexplained);
  }

  #keep(session: string | undefined): void {
    this.session = session;
    this.#memory.keep(session);
  }

  #refuse(code: ErrorCode, reason: string): void {
    this.#fail(new PostriderError(code, reason));
  }

  /**
   * Handles a failed or lost connection.
   * @param loud true to emit an `error` event. Default: only if the failure is new in this outage.
   * @param unexplained true if the server has to be asked for the reason.
   */
  #fail(error: PostriderError, loud?: boolean, unexplained?: boolean): void {
    const { retryable } = error;
    const wasOpen = this.link.state === 'open';
    const isReported = !retryable || (loud ?? (!wasOpen && this.#outage.isNew(error)));
    if (retryable) this.fire(...this.#outage.next(error, wasOpen));
    else this.fire('refused', error);
    if (isReported) this.#outage.report(error, unexplained);
  }
}
