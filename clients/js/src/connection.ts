import { Backoff } from './backoff.js';
import { type Effect, type Happening, type State, transition } from './connection.machine.js';
import { PostriderError, textOf } from './errors.js';
import { type Frame, type Goodbye, type Welcome, isWelcome, readFrames } from './frames.js';
import { MAX_TIMER_MS, type Settings, type Socket } from './options.js';
import { openSocket } from './socket.js';
import { Tokens } from './tokens.js';

/** Whom a connection tells what happens to it. */
export interface ConnectionPort {
  /** The session to resume; asked before each connection. */
  session(): Promise<string | undefined>;
  /** The session is of no use any more. */
  forgetSession(): void;
  welcomed(welcome: Welcome): void;
  frame(frame: Frame): void;
  goodbye(goodbye: Goodbye): void;
  /** The socket is gone. */
  interrupted(): void;
  changed(change: StateChange): void;
  error(error: PostriderError): void;
  /** It is time for a new token. */
  renew(): Promise<void>;
}

/** A new state of the connection. */
export interface StateChange {
  /** The new state. */
  state: State;
  /** Why: a code as of errors, or `by_application`. */
  reason?: string;
  /** When the next try begins, in milliseconds; absent where that is when the browser is online again. */
  retryInMs?: number;
}

/** Codes with which a server sends a client away for good. */
const FINAL: Readonly<Record<number, string>> = { 4409: 'taken_over', 4500: 'session_ended', 4503: 'forbidden' };
const UNAUTHORIZED = 4401;
const FIRST_FINAL = 4500;
const FORBIDDEN = 4503;
const LIFE_SIGN_MS = 5_000;

type Timer = ReturnType<typeof setTimeout> | undefined;

/** Runs the state machine: sockets, tokens, heartbeats, and coming back. */
export class Connection {
  state: State = 'closed';
  welcome: Welcome | undefined;
  /** Why it is closed for good. */
  closedBy: PostriderError | undefined;
  readonly tokens: Tokens;
  private socket: Socket | undefined;
  /** Number of the current try; what belongs to an earlier one is ignored. */
  private round = 0;
  private readonly backoff: Backoff;
  private seenAt = 0;
  private waitMs: number | undefined;
  private asked: string | undefined;
  private leaving: Goodbye | undefined;
  private timers: { life?: Timer; sign?: Timer; wait?: Timer; renew?: Timer } = {};

  constructor(
    private readonly settings: Settings,
    private readonly port: ConnectionPort,
  ) {
    this.backoff = new Backoff(settings.backoff);
    this.tokens = new Tokens(settings.token);
  }

  fire(happening: Happening, reason?: string): void {
    const step = transition(this.state, happening);
    if (!step) return;
    this.state = step.state;
    this.waitMs = undefined;
    for (const effect of step.effects) this.perform(effect);
    const { waitMs } = this;
    this.port.changed({
      state: step.state,
      ...(reason !== undefined && { reason }),
      ...(waitMs !== undefined && { retryInMs: waitMs }),
    });
  }

  connect(): void {
    if (this.state === 'closed') this.restart();
    this.fire('connect');
  }

  reconnect(): void {
    this.restart();
    this.fire('reconnect', 'by_application');
  }

  close(): void {
    this.closedBy = new PostriderError('closed', 'The client is closed.');
    this.fire('close', 'by_application');
  }

  send(frames: Frame[]): void {
    if (!this.socket || frames.length === 0) return;
    for (const frame of frames) this.settings.onFrame?.('out', blanked(frame));
    this.socket.send(JSON.stringify(frames.length === 1 ? frames[0] : frames));
  }

  /** The network may have changed: tries at once, or looks whether the connection is alive. */
  check(): void {
    if (this.state === 'waiting') return this.fire('wake');
    if (this.state !== 'open' || this.timers.sign !== undefined) return;
    const askedAt = Date.now();
    this.send([{ event: 'ping' }]);
    this.timers.sign = setTimeout(() => {
      this.timers.sign = undefined;
      if (this.seenAt < askedAt) this.lost(new PostriderError('silent', 'The server does not answer.', true));
    }, LIFE_SIGN_MS);
  }

  /** Sets the time at which the token is renewed. */
  renewLater(inMs = this.tokens.renewInMs): void {
    clearTimeout(this.timers.renew);
    if (inMs === undefined) return;
    const renew = (): void => void this.port.renew().catch((error: PostriderError) => this.port.error(error));
    this.timers.renew = setTimeout(renew, Math.min(inMs, MAX_TIMER_MS));
  }

  private restart(): void {
    this.closedBy = undefined;
    this.backoff.reset();
  }

  private perform(effect: Effect): void {
    if (effect === 'dial') void this.dial();
    else if (effect === 'drop') this.drop();
    else this.wait();
  }

  private wait(): void {
    // Nothing can be reached, and tries are counted: the browser tells when it is online.
    if (globalThis.navigator?.onLine === false) return;
    this.waitMs = Math.round(this.backoff.nextMs());
    this.timers.wait = setTimeout(() => this.fire('wake'), this.waitMs);
  }

  private drop(): void {
    const { socket } = this;
    this.round++;
    this.socket = this.welcome = this.leaving = undefined;
    for (const timer of Object.values(this.timers)) clearTimeout(timer);
    this.timers = {};
    this.port.interrupted();
    socket?.close(1000);
  }

  private async dial(): Promise<void> {
    const round = ++this.round;
    const current = (): boolean => round === this.round;
    try {
      const [token, session] = await Promise.all([this.tokens.get(), this.port.session()]);
      if (current()) this.open(token, session, current);
    } catch (thrown) {
      if (!current()) return;
      const error =
        thrown instanceof PostriderError ? thrown : new PostriderError('unreachable', textOf(thrown), true, thrown);
      this.lost(error);
      if (this.state === 'waiting') this.port.error(error);
    }
  }

  private open(token: string, session: string | undefined, current: () => boolean): void {
    const { WebSocket, url, window, clientName, requestTimeoutMs } = this.settings;
    this.asked = session;
    this.timers.life = setTimeout(() => {
      this.lost(new PostriderError('unreachable', 'The server does not greet.', true));
    }, requestTimeoutMs);
    const data = {
      token,
      ...(session !== undefined && { session }),
      ...(window !== undefined && { window }),
      ...(clientName !== '' && { client: clientName }),
    };
    this.socket = openSocket(WebSocket, url, {
      opened: () => current() && this.send([{ event: 'hello', data }]),
      message: (text) => current() && this.receive(text, current),
      closed: (code, reason) => current() && this.closed(code, reason),
      foreign: (reason) => current() && this.refuse('protocol_version', reason),
    });
  }

  private receive(text: string, current: () => boolean): void {
    this.seenAt = Date.now();
    let frames: Frame[];
    try {
      frames = readFrames(text);
    } catch {
      return this.refuse('protocol_version', 'The server sends what is not JSON.');
    }
    for (const frame of frames) {
      this.settings.onFrame?.('in', frame);
      this.take(frame);
      if (!current()) return;
    }
  }

  private take(frame: Frame): void {
    const { event, data } = frame;
    if (event === 'ping') this.send([{ event: 'pong' }]);
    else if (event === 'goodbye') {
      this.leaving = data as Goodbye;
      this.backoff.wish(this.leaving.retryAfterMs);
      this.port.goodbye(this.leaving);
    } else if (this.state === 'open') this.port.frame(frame);
    else if (event === 'welcome' && isWelcome(data)) this.greeted(data);
    else if (event !== 'error') this.refuse('protocol_version', 'The server does not greet as it should.');
  }

  private greeted(welcome: Welcome): void {
    this.welcome = welcome;
    this.backoff.reset();
    this.tokens.accept();
    clearTimeout(this.timers.life);
    this.watch(welcome.timeoutMs);
    this.renewLater();
    this.fire('welcomed');
    if (this.welcome === welcome) this.port.welcomed(welcome);
  }

  /** Any frame is a sign of life; one timer looks now and then, none for each frame. */
  private watch(inMs: number): void {
    this.timers.life = setTimeout(() => {
      const leftMs = this.seenAt + (this.welcome?.timeoutMs ?? 0) - Date.now();
      if (leftMs > 0) this.watch(leftMs);
      else this.lost(new PostriderError('silent', 'The server has been silent for too long.', true));
    }, inMs);
  }

  private closed(code: number, text: string): void {
    const { leaving, asked, state } = this;
    if (code === UNAUTHORIZED) {
      const again = this.tokens.refuse();
      if (again) return this.refuse('unauthorized', text);
      return this.lost(new PostriderError('unauthorized', text, true));
    }
    if (code === FORBIDDEN && state === 'connecting' && asked !== undefined) {
      // The session belongs to another user, who was here before.
      this.port.forgetSession();
      this.backoff.wish(0);
      return this.lost(new PostriderError('forbidden', text, true));
    }
    if (code >= FIRST_FINAL || FINAL[code] !== undefined || leaving?.reconnect === false) {
      if (code >= FIRST_FINAL) this.port.forgetSession();
      return this.refuse(FINAL[code] ?? leaving?.reason ?? 'refused', text);
    }
    this.lost(new PostriderError(code === 1006 ? 'unreachable' : 'connection_lost', text, true));
  }

  private lost(error: PostriderError): void {
    if (!this.backoff.spent) return this.fire('lost', error.code);
    this.end('spent', new PostriderError(error.code, `Given up: ${error.message}`, true, error));
  }

  private refuse(code: string, text: string): void {
    this.end('refused', new PostriderError(code, text));
  }

  private end(how: 'spent' | 'refused', error: PostriderError): void {
    this.closedBy = error;
    this.fire(how, error.code);
    this.port.error(error);
  }
}

function blanked(frame: Frame): Frame {
  const { data } = frame;
  if (frame.event !== 'hello' && frame.event !== 'refresh') return frame;
  return { ...frame, data: { ...(data as object), token: '…' } };
}
