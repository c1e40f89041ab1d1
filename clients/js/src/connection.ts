import { Backoff } from './backoff.js';
import { now } from './clock.js';
import { EFFECTS, type Happening, type State, TRANSITIONS } from './connection.machine.js';
import type { Emitter } from './emitter.js';
import { endingOf } from './ending.js';
import { type ErrorCode, PostriderError, textOf } from './errors.js';
import { type Frame, type Goodbye, type Welcome, isWelcome, readFrames } from './frames.js';
import type { Link } from './link.js';
import type { Settings, Socket } from './options.js';
import { Outgoing } from './outgoing.js';
import { Pulse } from './pulse.js';
import { askWhy } from './refusal.js';
import { Renewal } from './renewal.js';
import { Requests, errorOf } from './requests.js';
import type { SafeStore } from './safe.store.js';
import { openSocket } from './socket.js';
import { Tokens } from './tokens.js';

/** Whom a connection serves. */
export interface ConnectionOwner {
  welcomed(welcome: Welcome): void;
  /** Any frame that is not about the connection itself. */
  frame(frame: Frame): void;
  /** The socket is gone. */
  interrupted(): void;
  /** It will not come back by itself. */
  ended(error: PostriderError): void;
}

const OPEN = 1;
const LIFE_SIGN_MS = 5_000;
/** A connection that lives so long was a good one: tries are counted anew. */
const STABLE_MS = 5_000;

/** Runs the state machine: sockets, tokens, heartbeats, and coming back. */
export class Connection implements Link {
  state: State = 'closed';
  /** The last one. */
  welcome: Welcome | undefined;
  /** The session to resume. */
  session: string | undefined;
  /** Why it is closed for good. */
  closedBy: PostriderError | undefined;
  lastId = 0;
  private readonly tokens: Tokens;
  private readonly requests: Requests;
  private readonly outgoing: Outgoing;
  private readonly backoff: Backoff;
  private readonly renewal: Renewal;
  private readonly pulse: Pulse;
  private socket: Socket | undefined;
  private leaving: Goodbye | undefined;
  /** What the server has said at last, if that was an error. */
  private said: PostriderError | undefined;
  /** What was told of this outage. */
  private told: PostriderError | undefined;
  /** The try under way is one beyond those of the backoff: the application or the browser made it. */
  private woken = false;
  /** Why handshakes fail, where the server had to be asked. */
  private why: PostriderError | undefined;
  /** Number of the current socket; what belongs to an earlier one is ignored. */
  private round = 0;
  private openedAt = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly settings: Settings,
    private readonly store: SafeStore,
    private readonly events: Emitter,
    private readonly owner: ConnectionOwner,
  ) {
    const { backoff, token, requestTimeoutMs, onFrame } = settings;
    this.backoff = new Backoff(backoff);
    this.tokens = new Tokens(token, requestTimeoutMs);
    this.renewal = new Renewal(
      this.tokens,
      backoff,
      (token) => this.ask('refresh', { token }),
      (error) => this.state === 'open' && events.emit('error', error),
    );
    this.pulse = new Pulse((forMs) => this.fail(new PostriderError('silent', `no sign of life for ${forMs} ms`, true)));
    this.requests = new Requests(requestTimeoutMs);
    this.outgoing = new Outgoing(events, onFrame, (text) => {
      // Browsers complain of what is sent while the socket closes.
      if (this.socket?.readyState === OPEN) this.socket.send(text);
    });
  }

  /** Something happened: goes to the state that the machine says, and does what it asks for. */
  fire(happening: Happening, error?: PostriderError, retryInMs?: number): void {
    const state = TRANSITIONS[this.state][happening];
    if (!state) return;
    this.state = state;
    for (const effect of EFFECTS[state]) {
      if (effect === 'dial') void this.dial();
      else if (effect === 'drop') this.drop(state === 'closed' ? error : undefined);
      else this.timer = setTimeout(() => this.wake(false), retryInMs);
    }
    if (state === 'closed' && error) this.owner.ended((this.closedBy = error));
    this.events.emit('state', { state, reason: error?.code, retryInMs });
  }

  /** @param happening `connect` or `reconnect`: the application wants it, maybe with another token. Tries are counted anew. */
  start(happening: 'connect' | 'reconnect'): void {
    this.closedBy = this.told = this.why = undefined;
    this.woken = false;
    this.backoff.reset();
    this.tokens.refuse();
    this.fire(happening);
  }

  send(event: string, data?: unknown): void {
    try {
      this.write({ event, data });
    } catch (error) {
      this.events.emit('error', error as PostriderError);
    }
  }

  async ask<T>(event: string, data: unknown): Promise<T> {
    if (this.state !== 'open') throw new PostriderError('not_connected', 'there is no connection', true);
    const id = ++this.lastId;
    this.write({ event, data, id });
    return this.requests.open(id, event) as Promise<T>;
  }

  /** The network may have changed: tries at once, or looks whether the connection is alive. */
  check(): void {
    if (this.state !== 'open') return this.wake(true);
    this.send('ping');
    this.pulse.watch(this.welcome?.timeoutMs ?? 0, LIFE_SIGN_MS);
  }

  /** @throws PostriderError as of `ask`, and `token_unavailable`, `user_changed`. */
  refresh(): Promise<void> {
    return this.renewal.refresh();
  }

  private wake(woken: boolean): void {
    if (this.state !== 'connecting') this.woken = woken;
    this.fire('wake');
  }

  private write(frame: Frame): void {
    if (this.socket) this.outgoing.add(frame);
  }

  private drop(error?: PostriderError): void {
    this.round++;
    this.outgoing.flush();
    clearTimeout(this.timer);
    this.pulse.stop();
    this.renewal.stop();
    this.socket?.close(1000);
    this.socket = this.leaving = this.said = undefined;
    this.owner.interrupted();
    this.requests.giveUp(error);
  }

  private async dial(): Promise<void> {
    const round = ++this.round;
    const isOver = (): boolean => round !== this.round;
    const { WebSocket, url, window, clientName, requestTimeoutMs } = this.settings;
    try {
      // Whoever is closed in the same go has asked nobody for anything.
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
      this.socket = openSocket(WebSocket, url, {
        opened: () => current(() => this.send('hello', { token, session, window, client: clientName || undefined })),
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
      this.outgoing.show('in', frame);
      this.take(frame, round);
    }
  }

  private take(frame: Frame, round: number): void {
    const { event, data } = frame;
    if (event !== 'goodbye') this.said = event === 'error' ? errorOf(data) : undefined;
    if (event === 'ping') this.send('pong');
    else if (event === 'goodbye') this.events.emit('goodbye', (this.leaving = data as Goodbye));
    else if (this.state === 'open') {
      this.owner.frame(frame);
      if (!this.requests.settle(frame) && this.said) this.events.emit('error', this.said);
    } else if (isWelcome(frame)) this.greeted(frame.data, round);
    else if (event !== 'error') this.refuse('protocol_version', `${event} came in the place of a greeting`);
  }

  private greeted(welcome: Welcome, round: number): void {
    const { user = welcome.user } = this.welcome ?? {};
    if (user !== welcome.user)
      return this.refuse(
        'user_changed',
        `the client is of ${user}, the token of ${welcome.user}: that takes a client of its own`,
      );
    this.welcome = welcome;
    this.outgoing.maxBytes = welcome.maxFrameBytes || Infinity;
    this.told = this.why = undefined;
    this.woken = false;
    this.openedAt = now();
    this.tokens.accept(welcome);
    this.pulse.watch(welcome.timeoutMs);
    this.renewal.plan();
    if (this.session !== welcome.session) this.store.keep((this.session = welcome.session));
    this.fire('welcomed');
    if (round === this.round) this.owner.welcomed(welcome);
  }

  private closed(code: number, reason: string, unexplained: boolean): void {
    const { leaving, welcome, session } = this;
    // The close frame may be lost behind the goodbye.
    if (leaving && code === 1006) ({ code, reason } = leaving);
    const said = this.state === 'connecting' || code >= 4000 ? this.said : undefined;
    let error = endingOf(code, reason, leaving, said ?? (unexplained ? this.why : undefined));
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
    const { backoff, state, settings } = this;
    const { retryable, code, retryAfterMs } = error;
    const isNew = state !== 'open' && this.told?.code !== code;
    if (retryable) {
      if (state === 'open' && now() - this.openedAt > STABLE_MS) backoff.reset();
      // An operator has to mend it.
      if (code === 'forbidden' && state !== 'open') backoff.slow();
      const isOffline = globalThis.navigator?.onLine === false;
      const leastMs = retryAfterMs ?? (isOffline ? settings.backoff.capMs : this.woken ? 0 : undefined);
      this.fire(backoff.spent ? 'spent' : 'lost', error, backoff.nextMs(leastMs));
    } else this.fire('refused', error);
    if (retryable && !(loud ?? isNew)) return;
    this.told = error;
    if (unexplained && !this.why) void this.explain(error);
    else this.events.emit('error', error);
  }

  private async explain(error: PostriderError): Promise<void> {
    const { url, requestTimeoutMs } = this.settings;
    const why = await askWhy(url, requestTimeoutMs);
    if (this.told !== error || this.state === 'closed') return;
    this.told = this.why = why ?? error;
    this.events.emit('error', this.told);
  }
}
