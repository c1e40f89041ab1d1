import type { Emitter } from './emitter.js';
import { type ErrorCode, PostriderError, deferred, quiet } from './errors.js';
import type { Subscribed, Unsubscribed } from './frames.js';
import type { Inbox } from './inbox.js';
import type { Link } from './link.js';
import type { Handler } from './message.js';
import { type Settings, requireFunction } from './settings.js';
import { type Place, type Topic, isOwn } from './topic.js';

/** Options of `subscribe`. */
export interface SubscribeOptions {
  /** Shows the last n notifications of the topic first, handled ones included. */
  rewind?: number;
  /**
   * Starts after this offset of `epoch` and shows everything since, handled notifications included.
   */
  offset?: number;
  /** Numbering that `offset` belongs to. */
  epoch?: string;
  /** Id of the notification at `offset`, to detect a reset of the topic. */
  lastId?: string;
  /** Overrides the client's option for this topic. */
  ack?: 'auto' | 'manual';
}

/** Subscription to a topic. It outlives connections and the session. */
export interface Subscription extends Subscribed {
  /**
   * Ends the subscription. Resolves when the server has confirmed it, or at once without a
   * connection.
   */
  unsubscribe(): Promise<void>;
}

const AGAIN_MS = 1_000;

/** Keeps the application's topics subscribed on the server. */
export class Subscriptions {
  readonly #settings: Settings;
  readonly #inbox: Inbox;
  readonly #link: Link;
  readonly #events: Emitter;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(settings: Settings, inbox: Inbox, link: Link, events: Emitter) {
    this.#settings = settings;
    this.#inbox = inbox;
    this.#link = link;
    this.#events = events;
  }

  async subscribe(name: string, handler: Handler<never>, options: SubscribeOptions): Promise<Subscription> {
    const { ack = this.#settings.ack, ...place } = options;
    if (!name || isOwn(name)) throw new PostriderError('invalid_option', `${name}: use on('notification')`);
    requireFunction('handler', handler);
    const topic = this.#inbox.topic(name);
    // The same function may be given twice; each subscription ends its own.
    const own: Handler<never> = (message) => handler(message);
    topic.handlers.add(own);
    topic.byHand ||= ack === 'manual';
    this.#inbox.pumpAll();
    try {
      const subscribed = await this.#confirmation(topic, place);
      return { ...subscribed, unsubscribe: () => quiet(this.#leave(topic, own)) };
    } catch (error) {
      this.#remove(topic, own);
      throw error;
    }
  }

  /** Requests the topics that the server lacks on a new connection. */
  begin(resumed: boolean): void {
    for (const topic of this.#inbox.topics.values()) {
      if (!resumed) topic.recorded = false;
      // The server continues a topic of a resumed session; any other topic starts where this client
      // is.
      if (topic.wish || !topic.recorded) void this.#ask(topic);
    }
    // A reloaded page may have resumed topics that it no longer wants.
    if (resumed) this.#timer ??= setTimeout(() => this.#leaveStale(), this.#settings.requestTimeoutMs);
  }

  unsubscribed(data: Unsubscribed): void {
    const topic = this.#inbox.topics.get(data.topic);
    if (topic && data.reason !== 'requested') {
      topic.wish?.reject(new PostriderError(data.reason as ErrorCode, data.topic));
      topic.wish = undefined;
      this.#inbox.forget(topic);
    }
    this.#events.emit('unsubscribed', data);
  }

  /** Gives up: there will be no connection. */
  giveUp(error: PostriderError): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const topic of this.#inbox.topics.values()) {
      topic.wish?.reject(error);
      topic.wish = undefined;
    }
  }

  async #confirmation(topic: Topic, place: Place): Promise<Subscribed> {
    const isPlaced = place.rewind !== undefined || place.offset !== undefined;
    if (!isPlaced && topic.live && topic.last) return topic.last;
    topic.wish ??= deferred();
    if (isPlaced) topic.wish.place = place;
    void this.#ask(topic);
    return topic.wish.promise;
  }

  async #ask(topic: Topic): Promise<void> {
    if (isOwn(topic.name) || topic.handlers.size === 0 || this.#link.state !== 'open') return;
    const { wish } = topic;
    try {
      await topic.ask(this.#link, wish?.place);
      if (topic.last) wish?.resolve(topic.last);
    } catch (thrown) {
      const error = thrown as PostriderError;
      if (error.retryable) {
        if (!topic.live) setTimeout(() => this.#ask(topic), AGAIN_MS);
        return;
      }
      wish?.reject(error);
      if (!topic.live) this.unsubscribed({ topic: topic.name, reason: error.code });
    }
    if (topic.wish === wish) topic.wish = undefined;
  }

  async #leave(topic: Topic, own: Handler<never>): Promise<void> {
    if (topic.handlers.size === 1) await this.#inbox.acks.flush();
    if (this.#remove(topic, own)) await this.#unsubscribe(topic.name);
  }

  /** @returns true if the topic has no handler left. */
  #remove(topic: Topic, own: Handler<never>): boolean {
    const isLast = topic.handlers.delete(own) && topic.handlers.size === 0;
    if (isLast) this.#inbox.forget(topic);
    return isLast;
  }

  async #unsubscribe(topic: string): Promise<void> {
    try {
      await this.#link.ask('unsubscribe', { topic });
    } catch (error) {
      // Without a connection, the topic ends with the session, or some time after the session is
      // resumed.
      if (!(error as PostriderError).retryable) throw error;
    }
  }

  #leaveStale(): void {
    this.#timer = undefined;
    for (const topic of this.#inbox.topics.values()) {
      if (isOwn(topic.name) || topic.handlers.size > 0) continue;
      this.#inbox.forget(topic);
      void quiet(this.#unsubscribe(topic.name));
    }
  }
}
