import { Backoff } from './backoff.js';
import { EFFECTS, type Happening, type State, TRANSITIONS } from './connection.machine.js';
import type { Emitter } from './emitter.js';
import { PostriderError, textOf } from './errors.js';
import { type Frame, type Goodbye, type Welcome, isWelcome, readFrames } from './frames.js';
import type { Link } from './link.js';
import { MAX_TIMER_MS, type Settings, type Socket } from './options.js';
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

/** Close codes that have a name of their own; those from 4500 on are final, and of the others `taken_over`. */
const NAMES: Readonly<Record<number, string>> = {
  1006: 'unreachable',
  4401: 'unauthorized',
  4409: 'taken_over',
  4500: 'session_ended',
  4503: 'forbidden',
};
const OPEN = 1;
const LIFE_SIGN_MS = 5_000;
const RENEW_AGAIN_MS = 5_000;
/** What is sent in one go is sent in one frame, up to about this size. */
const BATCH_CHARS = 16_384;

/** Runs the state machine: sockets, tokens, heartbeats, and coming back. */
export class Connection implements Link {
  state: State = 'closed';
  /** The last one. */
  welcome: Welcome | undefined;
  /** The session to resume. */
  session: string | undefined;
  /** Why it is closed for good. */
  closedBy: PostriderError | undefined;
  private readonly tokens: Tokens;
  private readonly requests: Requests;
  private readonly backoff: Backoff;
  private socket: Socket | undefined;
  private leaving: Goodbye | undefined;
  /** Number of the current socket; what belongs to an earlier one is ignored. */
  private round = 0;
  private seenAt = 0;
  private outgoing: string[] = [];
  private timers: Partial<Record<'life' | 'wait' | 'renew', ReturnType<typeof setTimeout>>> = {};

  constructor(
    private readonly settings: Settings,
    private readonly store: SafeStore,
    private readonly events: Emitter,
    private readonly owner: ConnectionOwner,
  ) {
    this.backoff = new Backoff(settings.backoff);
    this.tokens = new Tokens(settings.token);
    this.requests = new Requests(settings.requestTimeoutMs);
  }

  get lastId(): number {
    return this.requests.lastId;
  }

  /** Something happened: goes to the state that the machine says, and does what it asks for. */
  fire(happening: Happening, error?: PostriderError): void {
    const state = TRANSITIONS[this.state][happening];
    if (!state) return;
    this.state = state;
    let retryInMs: number | undefined;
    for (const effect of EFFECTS[state]) {
      if (effect === 'dial') void this.dial();
      else if (effect === 'drop') this.drop();
      else retryInMs = this.wait();
    }
    if (state === 'closed' && error) this.owner.ended((this.closedBy = error));
    this.events.emit('state', { state, reason: error?.code, retryInMs });
  }

  /** @param happening `connect` or `reconnect`: the application wants it, so tries are counted anew. */
  start(happening: 'connect' | 'reconnect'): void {
    this.closedBy = undefined;
    this.backoff.reset();
    this.fire(happening);
  }

  send(event: string, data?: unknown): void {
    this.write({ event, data });
  }

  async ask<T>(event: string, data: unknown): Promise<T> {
    if (this.state !== 'open') throw new PostriderError('not_connected', 'no connection', true);
    const answer = this.requests.open(event);
    this.write({ event, data, id: this.lastId });
    return answer as Promise<T>;
  }

  /** Sends what waits to go together. */
  flush(): void {
    const frames = this.outgoing;
    this.outgoing = [];
    // Browsers complain of what is sent while the socket closes.
    if (this.socket?.readyState === OPEN && frames.length > 0) {
      this.socket.send(frames.length > 1 ? `[${frames.join()}]` : String(frames[0]));
    }
  }

  /** The network may have changed: tries at once, or looks whether the connection is alive. */
  check(): void {
    this.fire('wake');
    if (this.state !== 'open') return;
    this.send('ping');
    this.watch(LIFE_SIGN_MS);
  }

  /** @throws PostriderError as of `ask`, and `token_unavailable`. */
  async refresh(): Promise<void> {
    const round = this.round;
    let inMs = RENEW_AGAIN_MS;
    try {
      const { expiresAt } = await this.ask<{ expiresAt: string }>('refresh', { token: await this.tokens.get(true) });
      this.tokens.expiresAt = Date.parse(expiresAt) || this.tokens.expiresAt;
      inMs = this.tokens.livesMs;
    } finally {
      // What failed is tried until the token ends; then the server sends this client for a new one.
      if (round === this.round) this.renewLater(inMs);
    }
  }

  private write(frame: Frame): void {
    if (!this.socket) return;
    const { onFrame } = this.settings;
    const text = JSON.stringify(frame);
    const { maxFrameBytes = Infinity } = this.welcome ?? {};
    if (text.length * 3 > maxFrameBytes && new TextEncoder().encode(text).length > maxFrameBytes) {
      const data = { code: 'payload_too_large', message: `${maxFrameBytes} bytes at most` };
      return void this.requests.settle({ ...frame, event: 'error', data });
    }
    onFrame?.(
      'out',
      /hello|refresh/.test(frame.event) ? { ...frame, data: { ...(frame.data as object), token: '…' } } : frame,
    );
    if (this.outgoing.join().length + text.length > BATCH_CHARS) this.flush();
    if (this.outgoing.push(text) === 1) queueMicrotask(() => this.flush());
  }

  private wait(): number {
    // Without a network tries do not count: the browser tells when it is online again.
    const offline = globalThis.navigator?.onLine === false;
    const waitMs = offline ? this.settings.backoff.capMs : Math.round(this.backoff.nextMs());
    this.timers.wait = setTimeout(() => this.fire('wake'), waitMs);
    return waitMs;
  }

  private drop(): void {
    this.round++;
    this.flush();
    for (const timer of Object.values(this.timers)) clearTimeout(timer);
    this.timers = {};
    this.socket?.close(1000);
    this.socket = this.leaving = undefined;
    this.owner.interrupted();
    this.requests.giveUp();
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
        closed: (code, reason) => current(() => this.closed(code, reason)),
        foreign: (reason) => current(() => this.refuse('protocol_version', reason)),
      });
      this.seenAt = Date.now();
      this.watch(requestTimeoutMs);
    } catch (thrown) {
      if (isOver()) return;
      const code = thrown instanceof PostriderError ? thrown.code : 'unreachable';
      const error = this.lost(code, textOf(thrown));
      if (this.state === 'waiting') this.events.emit('error', error);
    }
  }

  private receive(text: string, round: number): void {
    this.seenAt = Date.now();
    let frames: Frame[];
    try {
      frames = readFrames(text);
    } catch {
      return this.refuse('protocol_version', 'no JSON');
    }
    for (const frame of frames) {
      if (round !== this.round) return;
      this.settings.onFrame?.('in', frame);
      this.take(frame);
    }
  }

  private take(frame: Frame): void {
    const { event, data } = frame;
    if (event === 'ping') this.send('pong');
    else if (event === 'goodbye') {
      this.leaving = data as Goodbye;
      this.backoff.wish(this.leaving.retryAfterMs);
      this.events.emit('goodbye', this.leaving);
    } else if (this.state === 'open') {
      this.owner.frame(frame);
      if (!this.requests.settle(frame) && event === 'error') this.events.emit('error', errorOf(data));
    } else if (isWelcome(frame)) this.greeted(frame.data);
    else if (event !== 'error') this.refuse('protocol_version', 'no greeting');
  }

  private greeted(welcome: Welcome): void {
    this.welcome = welcome;
    this.backoff.reset();
    this.tokens.accept();
    this.watch(welcome.timeoutMs);
    this.renewLater(this.tokens.livesMs);
    if (this.session !== welcome.session) this.store.keep((this.session = welcome.session));
    const { round } = this;
    this.fire('welcomed');
    if (round === this.round) this.owner.welcomed(welcome);
  }

  /** Any frame is a sign of life; one timer looks now and then, none for each frame. */
  private watch(silentMs: number, inMs = silentMs): void {
    clearTimeout(this.timers.life);
    this.timers.life = setTimeout(() => {
      const { timeoutMs = silentMs } = this.welcome ?? {};
      const forMs = Date.now() - this.seenAt;
      if (forMs < silentMs) this.watch(timeoutMs, timeoutMs - forMs);
      else this.lost('silent', `for ${forMs} ms`);
    }, inMs);
  }

  /** The token is renewed some time before it ends. */
  private renewLater(livesMs: number): void {
    clearTimeout(this.timers.renew);
    if (livesMs <= 0) return;
    const renew = (): void => void this.refresh().catch((error: PostriderError) => this.events.emit('error', error));
    this.timers.renew = setTimeout(renew, Math.min(Math.max(livesMs - 60_000, livesMs * 0.75), MAX_TIMER_MS));
  }

  private closed(code: number, reason: string): void {
    const name = NAMES[code] ?? 'connection_lost';
    const again = name === 'unauthorized' && this.tokens.refuse();
    if (code >= 4500) {
      const resuming = this.session;
      this.store.keep((this.session = undefined));
      if (name === 'forbidden' && resuming && this.state === 'connecting') {
        // The session is that of another user, who was here before.
        this.backoff.wish(1);
        return void this.lost(name, reason);
      }
    }
    if (again || code >= 4500 || name === 'taken_over' || this.leaving?.reconnect === false) this.refuse(name, reason);
    else this.lost(name, reason);
  }

  private lost(code: string, reason: string): PostriderError {
    const error = new PostriderError(code, reason, true);
    if (this.backoff.spent) this.end('spent', error);
    else this.fire('lost', error);
    return error;
  }

  private refuse(code: string, reason: string): void {
    this.end('refused', new PostriderError(code, reason));
  }

  private end(how: 'spent' | 'refused', error: PostriderError): void {
    this.fire(how, error);
    this.events.emit('error', error);
  }
}
