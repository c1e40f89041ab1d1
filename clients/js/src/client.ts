import { Connection, type StateChange } from './connection.js';
import type { State } from './connection.machine.js';
import { Emitter } from './emitter.js';
import { PostriderError, textOf } from './errors.js';
import type { Frame, Gap, Goodbye, Presence, Published, Subscribed, Unsubscribed, Welcome } from './frames.js';
import { Inbox } from './inbox.js';
import type { Handler, Message } from './message.js';
import { type PostriderOptions, settle } from './options.js';
import { Outbox } from './outbox.js';
import { Requests, errorOf } from './requests.js';
import { SafeStore } from './safe.store.js';
import { type SubscribeOptions, type Subscription, Subscriptions } from './subscriptions.js';
import { watchNetwork } from './network.js';

/** What a client tells of, by the name of the event. */
export interface PostriderEvents {
  /** The connection has another state. */
  state: StateChange;
  /** A notification of the user, of the session or to all. Counts as handled once every listener has returned. */
  notification: Message;
  /** Offsets that will never come. */
  gap: Gap;
  /** Another tab of this browser has handled it. */
  elsewhere: Message;
  /** Something failed; what is `retryable` is tried again by itself. */
  error: PostriderError;
  /** The server has greeted. */
  welcome: Welcome;
  /** A topic is subscribed on this connection. */
  subscribed: Subscribed;
  /** A topic is not subscribed any more. */
  unsubscribed: Unsubscribed;
  /** The server is about to close the connection. */
  goodbye: Goodbye;
}

/** Options of `publish`. */
export interface PublishOptions {
  /** Idempotency key, 1 to 128 visible ASCII characters: what is sent again under it is published once. Default: random. */
  key?: string;
}

const RENEW_AGAIN_MS = 5_000;

/** A client of a Postrider server: stays connected, hands over each notification once, and acknowledges it. */
export class Postrider {
  private readonly connection: Connection;
  private readonly requests: Requests;
  private readonly inbox: Inbox;
  private readonly subscriptions: Subscriptions;
  private readonly outbox: Outbox;
  private readonly store: SafeStore;
  private readonly emitter: Emitter<PostriderEvents>;
  private unwatch: (() => void) | undefined;
  private resumable: string | undefined;
  private named: { user?: string; node?: string } = {};

  /** @throws PostriderError `invalid_option` naming the option. */
  constructor(options: PostriderOptions) {
    const settings = settle(options);
    this.emitter = new Emitter((thrown, event) => {
      const error = new PostriderError(
        'listener_failed',
        `A listener of ${event} threw: ${textOf(thrown)}`,
        false,
        thrown,
      );
      if (event === 'error') console.error(error);
      else this.report(error);
    });
    const told = <E extends keyof PostriderEvents>(event: E, data: PostriderEvents[E]): void => {
      if (event === 'error') this.report(data as PostriderError);
      else this.emitter.emit(event, data);
    };
    this.requests = new Requests(settings.requestTimeoutMs);
    this.store = new SafeStore(settings, (error) => this.report(error));
    const send = (frames: Frame[]): void => this.connection.send(frames);
    const request = <T>(event: string, data: unknown) => this.requests.open<T>(event, data);
    const isOpen = (): boolean => this.connection.state === 'open';
    this.inbox = new Inbox({
      settings,
      store: this.store,
      others: this.emitter.of('notification') as Set<Handler<never>>,
      window: () => this.connection.welcome?.window ?? Infinity,
      request,
      send,
      place: (topic, place) => this.subscriptions.place(topic, place),
      told,
    });
    this.subscriptions = new Subscriptions(this.inbox, {
      ack: settings.ack,
      staleMs: settings.requestTimeoutMs,
      isOpen,
      request,
      send,
      told,
    });
    this.outbox = new Outbox({
      max: settings.outboxMax,
      isOpen,
      maxFrameBytes: () => this.connection.welcome?.maxFrameBytes ?? Infinity,
      request,
      send,
    });
    this.connection = new Connection(settings, {
      session: async () => (this.resumable ??= await this.store.session()),
      forgetSession: () => this.keep(undefined),
      welcomed: (welcome) => this.welcomed(welcome),
      frame: (frame) => this.take(frame),
      goodbye: (goodbye) => this.emitter.emit('goodbye', goodbye),
      interrupted: () => this.interrupted(),
      changed: (change) => this.changed(change),
      error: (error) => this.report(error),
      renew: () => this.refresh(),
    });
    if (settings.autoConnect) this.connect();
  }

  /** What the connection is doing. */
  get state(): State {
    return this.connection.state;
  }

  /** The session; it is known after the first welcome and survives connections. */
  get session(): string | undefined {
    return this.resumable;
  }

  /** The user that the token names; known after the first welcome. */
  get user(): string | undefined {
    return this.named.user;
  }

  /** The server's name for the process at the other end; known after the first welcome. */
  get node(): string | undefined {
    return this.named.node;
  }

  /**
   * Listens to an event. A listener of `notification` is a handler: what it returns is awaited before the notification is
   * acknowledged, what it throws is a nack.
   * @returns what ends it.
   */
  on<E extends keyof PostriderEvents>(event: E, listener: (data: PostriderEvents[E]) => unknown): () => void {
    const off = this.emitter.on(event, listener);
    if (event === 'notification') this.inbox.pumpAll();
    return off;
  }

  /**
   * Subscribes a topic. Several handlers of one topic all get each message, and it is acknowledged once all have returned.
   * @returns when the server has confirmed; while there is no connection it waits for one.
   * @throws PostriderError `forbidden`, `too_many_subscriptions`, …; `closed` and its like where there will be no connection.
   */
  async subscribe<T = unknown>(
    topic: string,
    handler: Handler<T>,
    options: SubscribeOptions = {},
  ): Promise<Subscription> {
    this.requireHope();
    return this.subscriptions.subscribe(topic, handler as Handler<never>, options);
  }

  /**
   * Publishes to a topic, where the token allows it. While there is no connection it waits in the outbox; it is sent again
   * under the same key until the server has answered.
   * @throws PostriderError `outbox_full`, `payload_too_large`, `forbidden`, …
   */
  async publish(topic: string, type: string, data: unknown, { key }: PublishOptions = {}): Promise<Published> {
    this.requireHope();
    return this.outbox.publish(topic, type, data, key);
  }

  /**
   * Who is in a topic at this moment.
   * @throws PostriderError `not_connected`, `connection_lost`, `timeout`, `forbidden`.
   */
  async presence(topic: string): Promise<Presence> {
    return this.ask<Presence>('presence', { topic });
  }

  /**
   * Asks for a new token and gives it to the server. Happens by itself before the token ends.
   * @throws PostriderError `token_unavailable`, `not_connected`, `unauthorized`, …
   */
  async refresh(): Promise<void> {
    const { tokens } = this.connection;
    try {
      const token = await tokens.get(true);
      const { expiresAt } = await this.ask<{ expiresAt: string }>('refresh', { token });
      tokens.expiresAt = Date.parse(expiresAt) || tokens.expiresAt;
      this.connection.renewLater();
    } catch (error) {
      // Tried until the token ends; then the server sends this client for a new one.
      if (this.state === 'open') this.connection.renewLater(RENEW_AGAIN_MS);
      throw error;
    }
  }

  /** Connects, where it is closed; does not wait any longer, where it waits. */
  connect(): void {
    this.connection.connect();
  }

  /** Drops the socket and comes back at once. */
  reconnect(): void {
    this.connection.reconnect();
  }

  /**
   * Ends the connection; the session can be resumed by `connect()`. What has been handled is acknowledged first.
   * @returns when that is done.
   */
  async close(): Promise<void> {
    this.inbox.pause();
    const flushed = this.inbox.acks.flush();
    if (flushed) await flushed;
    this.connection.close();
    this.store.close();
  }

  private async ask<T>(event: string, data: unknown): Promise<T> {
    if (this.state !== 'open') throw new PostriderError('not_connected', 'There is no connection.', true);
    const { frame, answer } = this.requests.open<T>(event, data);
    this.connection.send([frame]);
    return answer;
  }

  private welcomed(welcome: Welcome): void {
    const { session, user, node, resumed } = welcome;
    this.named = { user, node };
    this.keep(session);
    this.emitter.emit('welcome', welcome);
    void this.inbox.begin(user);
    this.subscriptions.begin(resumed);
    this.outbox.flush();
  }

  private take(frame: Frame): void {
    const { event, data, id } = frame;
    if (event === 'notification') return this.inbox.notification(data as never);
    if (event === 'gap') this.inbox.gap(data as Gap);
    else if (event === 'subscribed') {
      this.inbox.subscribed(data as Subscribed, id);
      this.emitter.emit('subscribed', data as Subscribed);
    } else if (event === 'unsubscribed') this.subscriptions.unsubscribed(data as Unsubscribed);
    else if (event === 'error' && !this.requests.awaits(id)) this.report(errorOf(data));
    if (id !== undefined) this.requests.settle(frame);
  }

  private interrupted(): void {
    this.inbox.interrupt();
    this.subscriptions.interrupt();
    this.outbox.interrupt();
    this.requests.abort(new PostriderError('connection_lost', 'The connection was lost before the answer came.', true));
  }

  private changed(change: StateChange): void {
    if (change.state !== 'closed') this.unwatch ??= watchNetwork(() => this.connection.check());
    else {
      this.unwatch?.();
      this.unwatch = undefined;
      const { closedBy } = this.connection;
      if (closedBy) {
        this.inbox.stop(closedBy);
        this.subscriptions.abort(closedBy);
        this.outbox.abort(closedBy);
      }
    }
    this.emitter.emit('state', change);
  }

  /** @throws PostriderError why there will be no connection. */
  private requireHope(): void {
    const { closedBy } = this.connection;
    if (closedBy) throw closedBy;
  }

  private keep(session: string | undefined): void {
    if (session === this.resumable) return;
    this.resumable = session;
    void this.store.keep(session);
  }

  private report(error: PostriderError): void {
    if (this.emitter.of('error').size > 0) this.emitter.emit('error', error);
    else console.warn(`Postrider: ${error.code}: ${error.message}`);
  }
}
