import { PostriderError } from './errors.js';
import type { Frame, Subscribed, Unsubscribed } from './frames.js';
import type { Inbox } from './inbox.js';
import type { Handler } from './message.js';
import { type Place, type Topic, isOwn } from './topic.js';

/** How to begin with a topic. */
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

/** What subscriptions need of the client around them. */
export interface SubscriptionsPort {
  readonly ack: 'auto' | 'manual';
  readonly staleMs: number;
  isOpen(): boolean;
  request(event: string, data: unknown): { frame: Frame & { id: number }; answer: Promise<unknown> };
  send(frames: Frame[]): void;
  told(event: 'unsubscribed', data: Unsubscribed): void;
}

interface Waiter {
  resolve(subscribed: Subscribed): void;
  reject(error: PostriderError): void;
}

/** What the application wants of a topic until the server has confirmed it. */
interface Wish {
  place: Place | undefined;
  waiters: Waiter[];
}

const AGAIN_MS = 1_000;

/** Which topics the application wants, and that the server knows of it. */
export class Subscriptions {
  private readonly wishes = new Map<Topic, Wish>();
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly inbox: Inbox,
    private readonly port: SubscriptionsPort,
  ) {}

  async subscribe(name: string, handler: Handler<never>, options: SubscribeOptions): Promise<Subscription> {
    const { rewind, offset, epoch, lastId, ack = this.port.ack } = options;
    if (typeof name !== 'string' || isOwn(name)) {
      throw new PostriderError('invalid_option', `${name} is subscribed by itself: use on('notification', …).`);
    }
    if (typeof handler !== 'function') throw new PostriderError('invalid_option', 'A handler must be a function.');
    const topic = this.inbox.topic(name);
    // The same function may be given twice: each subscription ends its own.
    const own: Handler<never> = (message) => handler(message);
    topic.handlers.add(own);
    topic.manual ||= ack === 'manual';
    this.inbox.pumpAll();
    const place: Place | undefined =
      rewind !== undefined
        ? { rewind }
        : offset === undefined
          ? undefined
          : { offset, ...(epoch !== undefined && { epoch }), ...(lastId !== undefined && { lastId }) };
    try {
      const known = topic.live && !place ? topic.last : undefined;
      const subscribed = known ?? (await this.wish(topic, place));
      return { ...subscribed, unsubscribe: () => this.leave(topic, own) };
    } catch (error) {
      this.remove(topic, own);
      throw error;
    }
  }

  /** There is a connection. */
  begin(resumed: boolean): void {
    for (const topic of this.inbox.topics.values()) {
      if (!resumed) topic.recorded = false;
      if (isOwn(topic.name) || topic.handlers.size === 0) continue;
      // A topic of a resumed session is continued by the server; another begins where this client is.
      if (this.wishes.has(topic) || !topic.recorded) void this.ask(topic);
    }
    // A page that was loaded anew may have resumed topics that it does not want any more.
    if (resumed) this.timer ??= setTimeout(() => this.leaveStale(), this.port.staleMs);
  }

  /** Asks for a place in a topic. */
  place(topic: Topic, place: Place, replay = false): Promise<unknown> {
    const { frame, answer } = this.port.request('subscribe', { topic: topic.name, ...place });
    topic.placing = frame.id;
    topic.replaying = replay;
    this.port.send([frame]);
    return answer;
  }

  unsubscribed(data: Unsubscribed): void {
    const topic = this.inbox.topics.get(data.topic);
    if (topic && data.reason !== 'requested') {
      this.give(topic, (waiter) => waiter.reject(new PostriderError(data.reason, 'The topic is not allowed.')));
      this.inbox.forget(topic);
    }
    this.port.told('unsubscribed', data);
  }

  interrupt(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  abort(error: PostriderError): void {
    this.interrupt();
    for (const topic of this.wishes.keys()) this.give(topic, (waiter) => waiter.reject(error));
  }

  private wish(topic: Topic, place: Place | undefined): Promise<Subscribed> {
    return new Promise((resolve, reject) => {
      const wish = this.wishes.get(topic) ?? { place, waiters: [] };
      if (place) wish.place = place;
      wish.waiters.push({ resolve, reject });
      this.wishes.set(topic, wish);
      void this.ask(topic);
    });
  }

  private async ask(topic: Topic): Promise<void> {
    if (!this.port.isOpen() || topic.handlers.size === 0) return;
    const wished = this.wishes.get(topic)?.place;
    const place = wished ?? (topic.recorded ? undefined : topic.place);
    try {
      if (place) await this.place(topic, place, wished !== undefined);
      else {
        const { frame, answer } = this.port.request('subscribe', { topic: topic.name });
        this.port.send([frame]);
        await answer;
      }
      this.give(topic, (waiter) => topic.last && waiter.resolve(topic.last));
    } catch (thrown) {
      const error = thrown as PostriderError;
      if (!error.retryable) return this.refused(topic, error);
      if (this.port.isOpen()) setTimeout(() => void this.ask(topic), AGAIN_MS);
    }
  }

  private refused(topic: Topic, error: PostriderError): void {
    const waited = this.wishes.has(topic);
    this.give(topic, (waiter) => waiter.reject(error));
    if (topic.live) return;
    this.inbox.forget(topic);
    if (!waited) this.port.told('unsubscribed', { topic: topic.name, reason: error.code });
  }

  private give(topic: Topic, settle: (waiter: Waiter) => void): void {
    const wish = this.wishes.get(topic);
    this.wishes.delete(topic);
    wish?.waiters.forEach(settle);
  }

  private async leave(topic: Topic, own: Handler<never>): Promise<void> {
    if (!topic.handlers.has(own)) return;
    if (topic.handlers.size === 1) await this.inbox.acks.flush();
    if (this.remove(topic, own)) await this.tellLeft(topic.name);
  }

  /** @returns whether nobody listens to the topic any more. */
  private remove(topic: Topic, own: Handler<never>): boolean {
    topic.handlers.delete(own);
    const last = topic.handlers.size === 0 && this.inbox.topics.get(topic.name) === topic;
    if (last) this.inbox.forget(topic);
    return last;
  }

  private async tellLeft(topic: string): Promise<void> {
    if (!this.port.isOpen()) return;
    const { frame, answer } = this.port.request('unsubscribe', { topic });
    this.port.send([frame]);
    try {
      await answer;
    } catch (error) {
      // It is left when the session is lost, or when it is resumed without it.
      if (!(error as PostriderError).retryable) throw error;
    }
  }

  private leaveStale(): void {
    this.timer = undefined;
    for (const topic of this.inbox.topics.values()) {
      if (isOwn(topic.name) || topic.handlers.size > 0) continue;
      this.inbox.forget(topic);
      void this.tellLeft(topic.name).catch(() => undefined);
    }
  }
}
