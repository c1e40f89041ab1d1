import { Connection } from './connection.js';
import type { State } from './connection-machine.js';
import { Emitter } from './emitter.js';
import { PostriderError, quiet } from './errors.js';
import type { PostriderEvents } from './events.js';
import type { Frame, Gap, Nacked, NotificationData, Presence, Published, Subscribed, Unsubscribed } from './frames.js';
import { Inbox } from './inbox.js';
import type { Handler } from './message.js';
import { watchNetwork } from './network.js';
import { type PostriderOptions, type Settings, requireFunction, requireSocket, settle } from './options.js';
import { Outbox } from './outbox.js';
import { SafeStore } from './safe-store.js';
import { type SubscribeOptions, type Subscription, Subscriptions } from './subscriptions.js';

/** Options of `publish`. */
export interface PublishOptions {
  /** Idempotency key, 1 to 128 visible ASCII characters: what is sent again under it is published once. Default: random. */
  key?: string;
}

const METHODS = ['on', 'subscribe', 'publish', 'presence', 'refresh', 'connect', 'reconnect', 'close'] as const;

/** A client of a Postrider server: stays connected, hands over each notification once, and acknowledges it. */
export class Postrider {
  private readonly settings: Settings;
  private readonly events = new Emitter();
  private readonly connection: Connection;
  private readonly inbox: Inbox;
  private readonly subscriptions: Subscriptions;
  private readonly outbox: Outbox;
  private readonly store: SafeStore;
  private unwatch: (() => void) | undefined;
  /** Number of the last call of `connect`, `reconnect` or `close`, which is what counts. */
  private wish = 0;

  /** @throws PostriderError `invalid_option` naming the option. */
  constructor(options: PostriderOptions) {
    const settings = (this.settings = settle(options));
    const { events } = this;
    this.store = new SafeStore(settings, events);
    this.connection = new Connection(settings, this.store, events, {
      welcomed: (welcome) => {
        events.emit('welcome', welcome);
        void this.inbox.begin(welcome.user);
        this.subscriptions.begin(welcome.resumed);
        this.outbox.flush();
      },
      frame: (frame) => this.take(frame),
      interrupted: () => this.inbox.interrupt(),
      ended: (error) => {
        this.unwatch?.();
        this.unwatch = undefined;
        this.inbox.stop(error);
        this.subscriptions.giveUp(error);
        this.outbox.giveUp(error);
        this.store.close();
      },
    });
    const { link } = this.connection;
    this.inbox = new Inbox(settings, this.store, link, events);
    this.subscriptions = new Subscriptions(settings, this.inbox, link, events);
    this.outbox = new Outbox(link, settings.outboxMax);
    // Frameworks wrap what they are given into proxies: this is to be left alone, and what is called through one is called here.
    for (const name of METHODS) Object.defineProperty(this, name, { value: this[name].bind(this) });
    Object.defineProperty(this, '__v_skip', { value: true });
    if (settings.autoConnect) this.connect();
  }

  /** The state of the connection. */
  get state(): State {
    return this.connection.link.state;
  }

  /** The session; it is known after the first welcome and survives connections. */
  get session(): string | undefined {
    return this.connection.session;
  }

  /** The user that the token names; known after the first welcome. */
  get user(): string | undefined {
    return this.connection.link.welcome?.user;
  }

  /** The server's name for the process at the other end; known after the first welcome. */
  get node(): string | undefined {
    return this.connection.link.welcome?.node;
  }

  /**
   * Listens to an event. A listener of `notification` is a handler: what it returns is awaited before the notification is
   * acknowledged, what it throws is a nack.
   * @returns what ends it.
   */
  on<T = unknown>(event: 'notification' | 'elsewhere', listener: Handler<T>): () => void;
  /**
   * Listens to an event.
   * @returns what ends it.
   */
  on<E extends keyof PostriderEvents>(event: E, listener: (data: PostriderEvents[E]) => unknown): () => void;
  on<E extends keyof PostriderEvents>(event: E, listener: (data: PostriderEvents[E]) => unknown): () => void {
    requireFunction('listener', listener);
    const off = this.events.on(event, listener);
    this.inbox.pumpAll();
    return off;
  }

  /**
   * Subscribes a topic. Several handlers of one topic all get each message, and it is acknowledged once all have returned.
   * @returns when the server has confirmed; while there is no connection it waits for one.
   * @throws PostriderError `forbidden`, `too_many_subscriptions`, …; where the client is closed for good, why it is.
   */
  subscribe<T = unknown>(topic: string, handler: Handler<T>, options: SubscribeOptions = {}): Promise<Subscription> {
    return this.hopeful(() => this.subscriptions.subscribe(topic, handler as Handler<never>, options));
  }

  /**
   * Publishes to a topic, where the token allows it. While there is no connection it waits in the outbox; it is sent again
   * under the same key until the server has answered.
   * @throws PostriderError `outbox_full`, `payload_too_large`, `forbidden`, …
   */
  publish(topic: string, type: string, data: unknown, { key }: PublishOptions = {}): Promise<Published> {
    return this.hopeful(() => this.outbox.publish(topic, type, data, key));
  }

  /**
   * Asks for the users and sessions in a topic at this moment.
   * @throws PostriderError `not_connected`, `connection_lost`, `timeout`, `forbidden`.
   */
  presence(topic: string): Promise<Presence> {
    return quiet(this.connection.link.ask('presence', { topic }));
  }

  /**
   * Asks for a new token and gives it to the server. Happens by itself before the token ends.
   * @throws PostriderError `token_unavailable`, `not_connected`, `unauthorized`, `user_changed`, …
   */
  refresh(): Promise<void> {
    return quiet(this.connection.refresh());
  }

  /**
   * Connects, where it is closed; does not wait any longer, where it waits.
   * @throws PostriderError `invalid_option` where there is no `WebSocket`.
   */
  connect(): void {
    this.start('connect');
  }

  /** Drops the socket and comes back at once. */
  reconnect(): void {
    this.start('reconnect');
  }

  /**
   * Ends the connection; the session can be resumed by `connect()`. What has been handled is acknowledged first.
   * @returns when that is done.
   */
  async close(): Promise<void> {
    const { connection, inbox } = this;
    const wish = ++this.wish;
    const end = (): void =>
      connection.fire('close', new PostriderError('closed', 'the application has closed the client'));
    inbox.handlers.halted = true;
    // Without a connection there is nobody to acknowledge to.
    if (connection.link.state !== 'open') end();
    await inbox.acks.flush();
    if (wish === this.wish) end();
  }

  private start(how: 'connect' | 'reconnect'): void {
    requireSocket(this.settings);
    this.wish++;
    this.unwatch ??= watchNetwork(() => this.connection.check());
    this.connection.start(how);
    this.inbox.go();
  }

  private take({ event, data, id }: Frame): void {
    if (event === 'notification') this.inbox.notification(data as NotificationData);
    else if (event === 'gap') this.inbox.gap(data as Gap);
    else if (event === 'nacked') this.inbox.refusals.stored(data as Nacked);
    else if (event === 'subscribed') this.inbox.subscribed(data as Subscribed, id);
    else if (event === 'unsubscribed') this.subscriptions.unsubscribed(data as Unsubscribed);
  }

  /** @throws PostriderError why there will be no connection. */
  private hopeful<T>(work: () => Promise<T>): Promise<T> {
    const { closedBy } = this.connection.link;
    return quiet(closedBy ? Promise.reject(closedBy) : work());
  }
}
