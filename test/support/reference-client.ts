import type { Socket } from 'node:net';
import { WebSocket } from 'ws';
import { Backoff, type BackoffOptions } from './backoff.js';
import {
  parseFrames,
  type ErrorFrame,
  type Frame,
  type Gap,
  type Goodbye,
  type Notification,
  type Subscribed,
  type Welcome,
} from './frames.js';
import { Ledger, type Notes } from './ledger.js';
import { SeenWindow } from './seen-window.js';
import { TopicPlace } from './topic-place.js';
import { until } from './wait.js';

export type ClientState = 'connecting' | 'open' | 'waiting' | 'closed';

export interface ReferenceClientOptions {
  /** Name of the installation in the ledger; it outlives sessions. */
  name: string;
  /** Addresses, tried in turn: the next one after each lost connection. */
  urls: readonly string[];
  /** Called before each connection. */
  token: () => string | Promise<string>;
  /** Named topics; the personal topic and `all` need no subscription. */
  topics?: readonly string[];
  window?: number;
  /**
   * Handler of the application. A notification is acknowledged when it returns; an error is a nack.
   */
  handle?: (notification: Notification) => void | Promise<void>;
  /** If it returns false, the application handles the notification but nothing is acknowledged. */
  acknowledges?: boolean | ((notification: Notification) => boolean);
  ledger?: Notes;
  backoff?: BackoffOptions;
  /** Local address to connect from. */
  localAddress?: string;
  /** Time that acks wait for others to share their frame. */
  ackDelayMs?: number;
  /** Called when an open connection is lost. */
  onLost?: () => void;
  /** Called after each connection, once the server has sent `welcome` and subscribed all topics. */
  onReady?: (resumed: boolean) => void;
}

const TAKEN_OVER = 4409;
const NEVER_AGAIN = 4500;
/** Time for a handshake, or for the welcome after it, after which a node counts as dead. */
const CONNECT_MS = 5_000;

/**
 * Reference client of the protocol: resumes its session, handles each notification once, and
 * acknowledges afterwards.
 */
export class ReferenceClient {
  state: ClientState = 'closed';
  /** Reason why it is closed for good. */
  closedReason?: string;
  session?: string;
  node?: string;
  user?: string;
  /** Latest error frames, for tests to check. */
  readonly errors: ErrorFrame[] = [];
  readonly ledger: Notes;
  handledCount = 0;
  /** Number of connection attempts. */
  connections = 0;
  /** Reasons of failed attempts, with their counts. */
  readonly refusals = new Map<string, number>();
  private socket?: WebSocket;
  private wire?: Socket;
  private readonly awaited = new Set<string>();
  private resumed = false;
  private timeoutMs = 90_000;
  private readonly places = new Map<string, TopicPlace>();
  private readonly seen = new SeenWindow();
  /** Notifications being handled, and their latest position. */
  private readonly underWay = new Map<string, { place: TopicPlace; offset: number; socket?: WebSocket }>();
  private readonly backoff: Backoff;
  private readonly timers: { ack?: NodeJS.Timeout; wait?: NodeJS.Timeout; life?: NodeJS.Timeout } = {};

  constructor(private readonly options: ReferenceClientOptions) {
    this.ledger = options.ledger ?? new Ledger();
    this.backoff = new Backoff(options.backoff);
  }

  /** Connects and waits until the session is open and all its topics are subscribed. */
  async open(timeoutMs = 20_000): Promise<this> {
    const { name, topics = [] } = this.options;
    this.connect();
    const isOpen = (): boolean =>
      this.state === 'open' && [`user:${this.user}`, ...topics].every((topic) => this.places.has(topic));
    await until(isOpen, { timeoutMs, what: `${name} is open with all its topics` });
    return this;
  }

  /** Offsets skipped without a gap, over all topics. */
  get untold(): string[] {
    return [...this.places.values()].flatMap(({ topic, untold }) => untold.map((offset) => `${topic} ${offset}`));
  }

  /** Cuts the connection, as a dead network does; the client reconnects by itself. */
  cut(): void {
    this.socket?.terminate();
  }

  /** Cuts the connection with a reset, as a crashed middlebox does. */
  reset(): void {
    this.wire?.resetAndDestroy();
  }

  /** Reads nothing from the socket until it is called with false. */
  pause(paused = true): void {
    if (paused) this.socket?.pause();
    else this.socket?.resume();
  }

  /** Cuts the connection and stays away until `open()`. */
  async goOffline(reason = 'offline'): Promise<void> {
    const { socket } = this;
    this.finish(reason);
    socket?.terminate();
    await until(() => socket === undefined || socket.readyState === WebSocket.CLOSED, { what: 'socket closed' });
  }

  close(): void {
    this.sendAcks();
    this.finish('closed by the application');
    this.socket?.close(1000);
  }

  send(event: string, data: unknown): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify({ event, data }));
  }

  private connect(): void {
    this.state = 'connecting';
    this.closedReason = undefined;
    for (const place of this.places.values()) place.interrupt();
    const { urls, localAddress } = this.options;
    const socket = new WebSocket(urls[this.connections % urls.length] ?? '', 'postrider.v1', {
      handshakeTimeout: CONNECT_MS,
      ...(localAddress && { localAddress }),
    });
    this.connections += 1;
    this.socket = socket;
    socket.on('error', (error: NodeJS.ErrnoException) => this.refused(error.code ?? error.message));
    socket.on('upgrade', (response) => (this.wire = response.socket));
    socket.on('open', () => void this.greet(socket));
    socket.on('message', (bytes: Buffer) => {
      this.timers.life?.refresh();
      for (const frame of parseFrames(bytes.toString())) this.take(frame);
    });
    socket.on('close', (code, reason) => this.lost(socket, code, reason.toString()));
  }

  private async greet(socket: WebSocket): Promise<void> {
    const { name, window, token } = this.options;
    const data = { token: await token(), session: this.session, window, client: name };
    if (socket.readyState !== WebSocket.OPEN) return;
    socket.send(JSON.stringify({ event: 'hello', data }));
    clearTimeout(this.timers.life);
    this.timers.life = setTimeout(() => socket.terminate(), CONNECT_MS);
  }

  private refused(reason: string): void {
    if (this.state === 'connecting') this.refusals.set(reason, (this.refusals.get(reason) ?? 0) + 1);
  }

  private lost(socket: WebSocket, code: number, reason: string): void {
    if (socket !== this.socket || this.state === 'closed') return;
    clearTimeout(this.timers.life);
    if (this.state === 'open') this.options.onLost?.();
    if (code === TAKEN_OVER || code >= NEVER_AGAIN) return this.finish(`${code} ${reason}`);
    const waitMs = this.backoff.nextMs();
    if (waitMs === undefined) return this.finish(`too many tries; last close ${code} ${reason}`);
    this.state = 'waiting';
    this.timers.wait = setTimeout(() => this.connect(), waitMs);
  }

  private finish(reason: string): void {
    this.state = 'closed';
    this.closedReason = reason;
    for (const timer of Object.values(this.timers)) clearTimeout(timer);
    this.timers.ack = undefined;
  }

  private take({ event, data }: Frame): void {
    if (event === 'notification') return this.receive(data as Notification);
    if (event === 'gap') return this.skip(data as Gap);
    if (event === 'subscribed') return this.place(data as Subscribed);
    if (event === 'welcome') return this.welcome(data as Welcome);
    if (event === 'ping') return this.send('pong', undefined);
    if (event === 'error') this.errors.push(data as ErrorFrame);
    if (event === 'goodbye') this.backoff.waitInstead((data as Goodbye).retryAfterMs);
  }

  private welcome({ session, user, node, resumed, timeoutMs }: Welcome): void {
    const { topics = [] } = this.options;
    if (!resumed) {
      if (this.session) this.ledger.left.add(this.session);
      this.places.clear();
    }
    Object.assign(this, { session, user, node, timeoutMs, state: 'open' });
    this.backoff.reset();
    this.resumed = resumed;
    for (const topic of [`user:${user}`, ...topics]) this.awaited.add(topic);
    clearTimeout(this.timers.life);
    this.timers.life = setTimeout(() => this.cut(), this.timeoutMs);
    for (const topic of topics) if (!resumed || !this.places.has(topic)) this.send('subscribe', { topic });
    this.scheduleAcks();
  }

  private place({ topic, epoch, cursor }: Subscribed): void {
    const place = this.places.get(topic);
    if (place?.epoch === epoch) place.catchUp(cursor);
    else this.places.set(topic, new TopicPlace(topic, epoch, cursor));
    this.ledger.subscriptions.push({ session: this.session ?? '', topic, epoch, cursor });
    if (this.awaited.delete(topic) && this.awaited.size === 0) this.options.onReady?.(this.resumed);
  }

  private receive(notification: Notification): void {
    const { topic, epoch, offset, attempt, id } = notification;
    let place = this.places.get(topic);
    if (place?.epoch !== epoch) {
      place = new TopicPlace(topic, epoch, offset - 1);
      this.places.set(topic, place);
    }
    place.arrived(offset, attempt);
    const isUnderWay = this.underWay.has(id);
    this.underWay.set(id, { place, offset, ...(this.socket && { socket: this.socket }) });
    if (isUnderWay) return this.record(notification, 'duplicate');
    if (this.seen.has(id)) {
      this.underWay.delete(id);
      this.record(notification, 'duplicate');
      return this.acknowledge(place, notification);
    }
    void this.handle(notification);
  }

  private async handle(notification: Notification): Promise<void> {
    const { id, topic, offset } = notification;
    try {
      const running = this.options.handle?.(notification);
      if (running) await running;
      this.seen.add(id);
      this.handledCount += 1;
      this.record(notification, 'handled');
      const came = this.underWay.get(id);
      // Notifications of a lost connection come again.
      if (came && came.socket === this.socket) this.acknowledge(came.place, { ...notification, offset: came.offset });
    } catch (error) {
      this.record(notification, 'failed');
      this.send('nack', { topic, offset, reason: String(error) });
    } finally {
      this.underWay.delete(id);
    }
  }

  private skip(gap: Gap): void {
    const place = this.places.get(gap.topic);
    place?.skip(gap);
    this.ledger.holes.push({ session: this.session ?? '', epoch: place?.epoch ?? '', ...gap });
  }

  private record(
    { topic, epoch, offset, id, attempt, data }: Notification,
    outcome: 'handled' | 'failed' | 'duplicate',
  ): void {
    const mark = (data as { mark?: string } | null)?.mark;
    const { name: client } = this.options;
    this.ledger.deliveries.push({
      client,
      session: this.session ?? '',
      topic,
      epoch,
      offset,
      id,
      mark,
      attempt,
      outcome,
    });
  }

  private acknowledge(place: TopicPlace, notification: Notification): void {
    const { acknowledges = true } = this.options;
    if (!(typeof acknowledges === 'function' ? acknowledges(notification) : acknowledges)) return;
    place.done(notification.offset);
    this.scheduleAcks();
  }

  private scheduleAcks(): void {
    this.timers.ack ??= setTimeout(() => this.sendAcks(), this.options.ackDelayMs ?? 5);
  }

  /** Sends the collected acks, which wait while there is no connection. */
  private sendAcks(): void {
    clearTimeout(this.timers.ack);
    this.timers.ack = undefined;
    if (this.state !== 'open' || this.socket?.readyState !== WebSocket.OPEN) return;
    const frames = [...this.places.values()]
      .flatMap((place) => place.takeAcks())
      .map((data) => ({ event: 'ack', data }));
    if (frames.length > 0) this.socket.send(JSON.stringify(frames.length === 1 ? frames[0] : frames));
  }
}
