import type { State } from './connection-machine.js';
import { Connection } from './connection.js';
import { Emitter } from './emitter.js';
import { PostriderError, quiet } from './errors.js';
import type { PostriderEvents } from './events.js';
import type { Frame, Gap, Nacked, NotificationData, Presence, Published, Subscribed, Unsubscribed } from './frames.js';
import { Inbox } from './inbox.js';
import { Memory } from './memory.js';
import type { Handler } from './message.js';
import { watchNetwork } from './network.js';
import type { PostriderOptions } from './options.js';
import { Outbox } from './outbox.js';
import { type Settings, requireFunction, requireSocket, settle } from './settings.js';
import { type SubscribeOptions, type Subscription, Subscriptions } from './subscriptions.js';

/** Options of `publish`. */
export interface PublishOptions {
  /**
   * Idempotency key, 1 to 128 visible ASCII characters. Calls with the same key publish once.
   * Default: random.
   */
  key?: string;
}

const METHODS = ['on', 'subscribe', 'publish', 'presence', 'refresh', 'connect', 'reconnect', 'close'] as const;

/**
 * Client of a Postrider server: stays connected, hands over each notification once, and
 * acknowledges it.
 */
export class Postrider {
  readonly #settings: Settings;
  readonly #events = new Emitter();
  readonly #memory: Memory;
  // Not `#connection`: frameworks also call the getters through proxies.
  private readonly connection: Connection;
  readonly #inbox: Inbox;
  readonly #subscriptions: Subscriptions;
  readonly #outbox: Outbox;
  #unwatch: (() => void) | undefined;
  /** Number of the last call of `connect`, `reconnect` or `close`: the last one counts. */
  #wish = 0;

  /**
   * Creates a client, which connects at once unless `autoConnect` is false.
   * @param options `url` and `token` are required.
   * @throws PostriderError `invalid_option` naming the option.
   */
  constructor(options: PostriderOptions) {
    this.#settings = settle(options);
    const settings = this.#settings;
    const events = this.#events;
    this.#memory = new Memory(settings, events);
    this.connection = new Connection(settings, this.#memory, events, {
      welcomed: (welcome) => {
        events.emit('welcome', welcome);
        void this.#inbox.begin(welcome.user);
        this.#subscriptions.begin(welcome.resumed);
        this.#outbox.flush();
      },
      frame: (frame) => this.#take(frame),
      interrupted: () => this.#inbox.interrupt(),
      ended: (error) => {
        this.#unwatch?.();
        this.#unwatch = undefined;
        this.#inbox.stop(error);
        this.#subscriptions.giveUp(error);
        this.#outbox.giveUp(error);
        this.#memory.close();
      },
    });
    const { link } = this.connection;
    this.#inbox = new Inbox(settings, this.#memory, link, events);
    this.#subscriptions = new Subscriptions(settings, this.#inbox, link, events);
    this.#outbox = new Outbox(link, settings.outboxMax);
    // Frameworks wrap objects in proxies. Vue leaves this one alone; calls through other proxies
    // reach this object.
    for (const name of METHODS) Object.defineProperty(this, name, { value: this[name].bind(this) });
    Object.defineProperty(this, '__v_skip', { value: true });
    if (settings.autoConnect) this.connect();
  }

  /** State of the connection. */
  get state(): State {
    return this.connection.link.state;
  }

  /** Id of the session. Known after the first welcome; survives connections. */
  get session(): string | undefined {
    return this.connection.session;
  }

  /** User that the token names. Known after the first welcome. */
  get user(): string | undefined {
    return this.connection.link.welcome?.user;
  }

  /** Name of the server node at the other end. Known after the first welcome. */
  get node(): string | undefined {
    return this.connection.link.welcome?.node;
  }

  /**
   * Listens to notifications. The listener is a handler: its result is awaited before the
   * notification is acknowledged, and an error requests redelivery.
   * @returns a function that removes the listener.
   */
  on<T = unknown>(event: 'notification' | 'elsewhere', listener: Handler<T>): () => void;
  /**
   * Listens to an event.
   * @returns a function that removes the listener.
   */
  on<E extends keyof PostriderEvents>(event: E, listener: (data: PostriderEvents[E]) => unknown): () => void;
  on<E extends keyof PostriderEvents>(event: E, listener: (data: PostriderEvents[E]) => unknown): () => void {
    requireFunction('listener', listener);
    const off = this.#events.on(event, listener);
    this.#inbox.pumpAll();
    return off;
  }

  /**
   * Subscribes to a topic. If a topic has several handlers, each gets every message, which is
   * acknowledged once all have returned.
   * @returns the subscription, once the server has confirmed it. Waits for a connection if there is
   * none.
   * @throws PostriderError `forbidden`, `too_many_subscriptions` …; `closed` or the reason for the
   * close if the client is closed.
   */
  subscribe<T = unknown>(topic: string, handler: Handler<T>, options: SubscribeOptions = {}): Promise<Subscription> {
    return this.#unlessClosed(() => this.#subscriptions.subscribe(topic, handler as Handler<never>, options));
  }

  /**
   * Publishes to a topic, if the token allows it. Without a connection, the message waits in the
   * outbox. It is resent under the same key until the server has answered.
   * @returns the place of the notification, once the server has stored it.
   * @throws PostriderError `outbox_full`, `payload_too_large`, `not_serializable`, `forbidden` …
   */
  publish(topic: string, type: string, data: unknown, { key }: PublishOptions = {}): Promise<Published> {
    return this.#unlessClosed(() => this.#outbox.publish(topic, type, data, key));
  }

  /**
   * Asks for the users and sessions in a topic.
   * @throws PostriderError `not_connected`, `connection_lost`, `timeout`, `forbidden`.
   */
  presence(topic: string): Promise<Presence> {
    return quiet(this.connection.link.ask('presence', { topic }));
  }

  /**
   * Gets a new token and sends it to the server. The client does this by itself before the token
   * expires.
   * @throws PostriderError `token_unavailable`, `not_connected`, `unauthorized`, `user_changed` …
   */
  refresh(): Promise<void> {
    return quiet(this.connection.refresh());
  }

  /**
   * Connects, or ends the wait for the next attempt.
   * @throws PostriderError `invalid_option` if there is no `WebSocket`.
   */
  connect(): void {
    this.#start('connect');
  }

  /**
   * Drops the socket and connects at once.
   * @throws PostriderError `invalid_option` if there is no `WebSocket`.
   */
  reconnect(): void {
    this.#start('reconnect');
  }

  /**
   * Closes the connection after it has acknowledged the handled messages. `connect()` can resume
   * the session.
   * @returns a promise that resolves when this is done.
   */
  async close(): Promise<void> {
    const { connection } = this;
    const inbox = this.#inbox;
    const wish = ++this.#wish;
    const end = (): void => connection.fire('close', new PostriderError('closed', 'the application closed the client'));
    inbox.handlers.halted = true;
    // Without a connection, nobody can take the acks.
    if (connection.link.state !== 'open') end();
    await inbox.acks.flush();
    if (wish === this.#wish) end();
  }

  #start(how: 'connect' | 'reconnect'): void {
    requireSocket(this.#settings);
    this.#wish++;
    this.#unwatch ??= watchNetwork(() => this.connection.check());
    this.connection.start(how);
    this.#inbox.go();
  }

  #take({ event, data, id }: Frame): void {
    if (event === 'notification') this.#inbox.notification(data as NotificationData);
    else if (event === 'gap') this.#inbox.gap(data as Gap);
    else if (event === 'nacked') this.#inbox.refusals.stored(data as Nacked);
    else if (event === 'subscribed') this.#inbox.subscribed(data as Subscribed, id);
    else if (event === 'unsubscribed') this.#subscriptions.unsubscribed(data as Unsubscribed);
  }

  /** @throws PostriderError the reason why there will be no connection. */
  #unlessClosed<T>(work: () => Promise<T>): Promise<T> {
    const { closedBy } = this.connection.link;
    return quiet(closedBy ? Promise.reject(closedBy) : work());
  }
}
