import { EFFECTS, type Happening, TRANSITIONS } from './connection-machine.js';
import type { Emitter } from './emitter.js';
import { endingOf } from './ending.js';
import { type ErrorCode, PostriderError, errorOf, textOf } from './errors.js';
import { type Frame, type Goodbye, type Welcome, isWelcome, readFrames } from './frames.js';
import { Link } from './link.js';
import type { Settings } from './options.js';
import { Outage } from './outage.js';
import { Pulse } from './pulse.js';
import { Renewal } from './renewal.js';
import type { SafeStore } from './safe-store.js';
import { openSocket } from './socket.js';
import { Tokens } from './tokens.js';

/** The owner of a connection, told of what happens to it. */
export interface ConnectionOwner {
  welcomed(welcome: Welcome): void;
  /** Any frame that is not about the connection itself. */
  frame(frame: Frame): void;
  /** The socket is gone. */
  interrupted(): void;
  /** It will not come back by itself. */
  ended(error: PostriderError): void;
}

const LIFE_SIGN_MS = 5_000;

/** Runs the state machine: sockets, tokens, heartbeats, and coming back. */
export class Connection {
  readonly link: Link;
  /** The session to resume. */
  session: string | undefined;
  private readonly tokens: Tokens;
  private readonly outage: Outage;
  private readonly renewal: Renewal;
  private readonly pulse: Pulse;
  private leaving: Goodbye | undefined;
  /** The last frame of the server, if that was an error. */
  private said: PostriderError | undefined;
  /** Number of the current socket; what belongs to an earlier one is ignored. */
  private round = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly settings: Settings,
    private readonly store: SafeStore,
    private readonly events: Emitter,
    private readonly owner: ConnectionOwner,
  ) {
    const { backoff, token, requestTimeoutMs } = settings;
    this.outage = new Outage(settings, events);
    this.tokens = new Tokens(token, requestTimeoutMs);
    this.renewal = new Renewal(
      this.tokens,
      backoff,
      (token) => this.link.ask('refresh', { token }),
      (error) => this.link.state === 'open' && events.emit('error', error),
    );
    this.pulse = new Pulse((forMs) => this.fail(new PostriderError('silent', `no sign of life for ${forMs} ms`, true)));
    this.link = new Link(settings, events, (error) => this.fail(error));
  }

  /** Something happened: goes to the state that the machine says, and does what it asks for. */
  fire(happening: Happening, error?: PostriderError, retryInMs?: number): void {
    const state = TRANSITIONS[this.link.state][happening];
    if (!state) return;
    this.link.state = state;
    for (const effect of EFFECTS[state]) {
      if (effect === 'dial') void this.dial();
      else if (effect === 'drop') this.drop(state === 'closed' ? error : undefined);
      else this.timer = setTimeout(() => this.wake(false), retryInMs);
    }
    if (state === 'closed' && error) {
      this.outage.end();
      this.owner.ended((this.link.closedBy = error));
    }
    this.events.emit('state', { state, reason: error?.code, retryInMs });
  }

  /** @param happening `connect` or `reconnect`: the application wants it, maybe with another token. Tries are counted anew. */
  start(happening: 'connect' | 'reconnect'): void {
    this.link.closedBy = undefined;
    this.outage.forget();
    this.tokens.refuse();
    this.fire(happening);
  }

  /** The network may have changed: tries at once, or looks whether the connection is alive. */
  check(): void {
    if (this.link.state !== 'open') return this.wake(true);
    this.link.send('ping');
    this.pulse.watch(this.link.welcome?.timeoutMs ?? 0, LIFE_SIGN_MS);
  }

  /** @throws PostriderError as of `ask`, and `token_unavailable`, `user_changed`. */
  refresh(): Promise<void> {
    return this.renewal.refresh();
  }

  private wake(woken: boolean): void {
    if (this.link.state !== 'connecting') this.outage.woken = woken;
    this.fire('wake');
  }

  private drop(error?: PostriderError): void {
    this.round++;
    clearTimeout(this.timer);
    this.pulse.stop();
    this.renewal.stop();
    this.leaving = this.said = undefined;
    this.link.close(error);
    this.owner.interrupted();
  }

  private async dial(): Promise<void> {
    const round = ++this.round;
    const isOver = (): boolean => round !== this.round;
    const { WebSocket, url, window, clientName, requestTimeoutMs } = this.settings;
    try {
      // A client that is closed in the same go asks nobody for anything.
      await undefined;
      if (isOver()) return;
      const token = await this.tokens.get();
      if (isOver()) return;
      const session = await this.store.session();
      if (isOver()) return;
      this.session = session;
      const current = (act: () => void): void => {
        if (!isOver()) act();
      };
      this.link.socket = openSocket(WebSocket, url, {
        opened: () =>
          current(() => this.link.send('hello', { token, session, window, client: clientName || undefined })),
        message: (text) => current(() => this.receive(text, round)),
        refused: (error) => current(() => (this.said = error)),
        closed: (code, reason, unexplained) => current(() => this.closed(code, reason, unexplained)),
        foreign: (reason) => current(() => this.refuse('protocol_version', reason)),
      });
      this.pulse.beat();
      this.pulse.watch(requestTimeoutMs);
    } catch (thrown) {
      if (isOver()) return;
      if (thrown instanceof PostriderError) this.fail(thrown, true);
      else this.fail(new PostriderError('unreachable', textOf(thrown), true, thrown));
    }
  }

  private receive(text: string, round: number): void {
    this.pulse.beat();
    let frames: Frame[];
    try {
      frames = readFrames(text);
    } catch {
      return this.refuse('protocol_version', 'the server does not speak JSON');
    }
    for (const frame of frames) {
      if (round !== this.round) return;
      this.link.outgoing.show('in', frame);
      this.take(frame, round);
    }
  }

  private take(frame: Frame, round: number): void {
    const { event, data } = frame;
    if (event !== 'goodbye') this.said = event === 'error' ? errorOf(data) : undefined;
    if (event === 'ping') this.link.send('pong');
    else if (event === 'goodbye') this.events.emit('goodbye', (this.leaving = data as Goodbye));
    else if (this.link.state === 'open') {
      this.owner.frame(frame);
      if (!this.link.settle(frame) && this.said) this.events.emit('error', this.said);
    } else if (isWelcome(frame)) this.greeted(frame.data, round);
    else if (event !== 'error') this.refuse('protocol_version', `${event} instead of welcome`);
  }

  private greeted(welcome: Welcome, round: number): void {
    const { user = welcome.user } = this.link.welcome ?? {};
    if (user !== welcome.user)
      return this.refuse('user_changed', `the client is of ${user}, the token of ${welcome.user}`);
    this.link.welcome = welcome;
    this.link.outgoing.maxBytes = welcome.maxFrameBytes || Infinity;
    this.outage.end();
    this.tokens.accept(welcome);
    this.pulse.watch(welcome.timeoutMs);
    this.renewal.plan();
    if (this.session !== welcome.session) this.store.keep((this.session = welcome.session));
    this.fire('welcomed');
    if (round === this.round) this.owner.welcomed(welcome);
  }

  private closed(code: number, reason: string, unexplained: boolean): void {
    const { leaving, session } = this;
    const { welcome } = this.link;
    // The close frame may be lost behind the goodbye.
    if (leaving && code === 1006) ({ code, reason } = leaving);
    const said = this.link.state === 'connecting' || code >= 4000 ? this.said : undefined;
    let error = endingOf(code, reason, leaving, said ?? (unexplained ? this.outage.why : undefined));
    let loud: boolean | undefined = code === 1009 || undefined;
    if (error.code === 'unauthorized') loud = this.tokens.refuse();
    if (code === 4503 && (welcome ?? session)) {
      // A client that does not know its user yet has the session of one who was here before: it begins its own.
      loud = false;
      error = new PostriderError('user_changed', error.message, !welcome, undefined, 0);
    }
    if (code >= 4500) this.store.keep((this.session = undefined));
    this.fail(error, loud, unexplained);
  }

  private refuse(code: ErrorCode, reason: string): void {
    this.fail(new PostriderError(code, reason));
  }

  /**
   * There is no connection.
   * @param loud whether that is told by an event; by default what is new in an outage is.
   * @param unexplained the server has to be asked why.
   */
  private fail(error: PostriderError, loud?: boolean, unexplained?: boolean): void {
    const { outage } = this;
    const { retryable } = error;
    const wasOpen = this.link.state === 'open';
    const isTold = !retryable || (loud ?? (!wasOpen && outage.isNew(error)));
    if (retryable) {
      const [happening, inMs] = outage.next(error, wasOpen);
      this.fire(happening, error, inMs);
    } else this.fire('refused', error);
    if (isTold) outage.tell(error, unexplained);
  }
}
