import type { Emitter } from './emitter.js';
import { type Deferred, type ErrorCode, PostriderError, deferred, quiet } from './errors.js';
import type { Subscribed, Unsubscribed } from './frames.js';
import type { Inbox } from './inbox.js';
import type { Link } from './link.js';
import type { Handler } from './message.js';
import { type Settings, requireFunction } from './options.js';
import { type Place, type Topic, isOwn } from './topic.js';

/** Options of `subscribe`. */
export interface SubscribeOptions {
  /** Shows the last n notifications of the topic first, also those that were handled before. */
  rewind?: number;
  /** Goes on behind this offset, with `epoch`: what came since is shown, also what was handled before. */
  offset?: number;
  /** The numbering that `offset` belongs to. */
  epoch?: string;
  /** Id of the notification at `offset`, so that a topic that was reset is noticed. */
  lastId?: string;
  /** As the option of the client, for this topic. */
  ack?: 'auto' | 'manual';
}

/** A topic that the application listens to. It is kept over reconnects and over the loss of the session. */
export interface Subscription extends Subscribed {
  /** Ends it. Resolves when the server has confirmed, or at once where there is no connection. */
  unsubscribe(): Promise<void>;
}

/** A subscription that the server has not confirmed yet. */
interface Wish extends Deferred<Subscribed> {
  place?: Place;
}

const AGAIN_MS = 1_000;

/** Keeps the topics that the application wants subscribed at the server. */
export class Subscriptions {
  private readonly wishes = new Map<Topic, Wish>();
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly settings: Settings,
    private readonly inbox: Inbox,
    private readonly link: Link,
    private readonly events: Emitter,
  ) {}

  async subscribe(name: string, handler: Handler<never>, options: SubscribeOptions): Promise<Subscription> {
    const { ack = this.settings.ack, ...place } = options;
    if (!name || isOwn(name)) throw new PostriderError('invalid_option', `${name}: use on('notification')`);
    requireFunction('handler', handler);
    const topic = this.inbox.topic(name);
    // The same function may be given twice: each subscription ends its own.
    const own: Handler<never> = (message) => handler(message);
    topic.handlers.add(own);
    topic.byHand ||= ack === 'manual';
    this.inbox.pumpAll();
    try {
      const placed = place.rewind !== undefined || place.offset !== undefined;
      const subscribed = (!placed && topic.live && topic.last) || (await this.wish(topic, placed ? place : undefined));
      return { ...subscribed, unsubscribe: () => quiet(this.leave(topic, own)) };
    } catch (error) {
      this.remove(topic, own);
      throw error;
    }
  }

  /** There is a connection. */
  begin(resumed: boolean): void {
    for (const topic of this.inbox.topics.values()) {
      if (!resumed) topic.recorded = false;
      // A topic of a resumed session is continued by the server; another begins where this client is.
      if (this.wishes.has(topic) || !topic.recorded) void this.ask(topic);
    }
    // A page that was loaded anew may have resumed topics that it does not want any more.
    if (resumed) this.timer ??= setTimeout(() => this.leaveStale(), this.settings.requestTimeoutMs);
  }

  unsubscribed(data: Unsubscribed): void {
    const topic = this.inbox.topics.get(data.topic);
    if (topic && data.reason !== 'requested') {
      this.wishes.get(topic)?.reject(new PostriderError(data.reason as ErrorCode, data.topic));
      this.wishes.delete(topic);
      this.inbox.forget(topic);
    }
    this.events.emit('unsubscribed', data);
  }

  /** There will be no connection any more. */
  giveUp(error: PostriderError): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    for (const wish of this.wishes.values()) wish.reject(error);
    this.wishes.clear();
  }

  private wish(topic: Topic, place: Place | undefined): Promise<Subscribed> {
    const wish = this.wishes.get(topic) ?? deferred<Subscribed>();
    this.wishes.set(topic, Object.assign(wish, place && { place }));
    void this.ask(topic);
    return wish.promise;
  }

  private async ask(topic: Topic): Promise<void> {
    if (isOwn(topic.name) || topic.handlers.size === 0 || this.link.state !== 'open') return;
    const wish = this.wishes.get(topic);
    try {
      await topic.ask(this.link, wish?.place);
      if (topic.last) wish?.resolve(topic.last);
    } catch (thrown) {
      const error = thrown as PostriderError;
      if (error.retryable) return void (topic.live || setTimeout(() => this.ask(topic), AGAIN_MS));
      wish?.reject(error);
      if (!topic.live) this.unsubscribed({ topic: topic.name, reason: error.code });
    }
    if (wish === this.wishes.get(topic)) this.wishes.delete(topic);
  }

  private async leave(topic: Topic, own: Handler<never>): Promise<void> {
    if (topic.handlers.size === 1) await this.inbox.acks.flush();
    if (this.remove(topic, own)) await this.tellLeft(topic.name);
  }

  /** @returns whether nobody listens to the topic any more. */
  private remove(topic: Topic, own: Handler<never>): boolean {
    const last = topic.handlers.delete(own) && topic.handlers.size === 0;
    if (last) this.inbox.forget(topic);
    return last;
  }

  private async tellLeft(topic: string): Promise<void> {
    try {
      await this.link.ask('unsubscribe', { topic });
    } catch (error) {
      // Without a connection it is left when the session is lost, or some time after it was resumed.
      if (!(error as PostriderError).retryable) throw error;
    }
  }

  private leaveStale(): void {
    this.timer = undefined;
    for (const topic of this.inbox.topics.values()) {
      if (isOwn(topic.name) || topic.handlers.size > 0) continue;
      this.inbox.forget(topic);
      this.tellLeft(topic.name).catch(() => undefined);
    }
  }
}
