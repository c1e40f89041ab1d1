import type { Emitter } from './emitter.js';
import type { Deferred, PostriderError } from './errors.js';
import type { Subscribed } from './frames.js';
import type { Link } from './link.js';
import type { Delivery, Handler, Home } from './message.js';
import { Position } from './position.js';

/** Place where a subscription starts, instead of the session's cursor. */
export interface Place {
  /** Number of the topic's newest notifications to start with. */
  rewind?: number | undefined;
  /** After this offset … */
  offset?: number | undefined;
  /** … of this numbering … */
  epoch?: string | undefined;
  /** … if this notification is still at that offset. */
  lastId?: string | undefined;
}

/** Subscription that the server has not confirmed yet. */
export interface Wish extends Deferred<Subscribed> {
  place?: Place | undefined;
}

/** Topic as one client knows it. */
export class Topic implements Home {
  readonly name: string;
  /** Handlers of the application. */
  readonly handlers: Set<Handler<never>>;
  position: Position | undefined;
  live = false;
  /** True if the server has the topic in its record of the session. */
  recorded = false;
  /** The last confirmation. */
  last: Subscribed | undefined;
  wish: Wish | undefined;
  byHand = false;
  confirming: Delivery[] = [];
  traces: string[] = [];

  backlog: Delivery[] = [];
  /** The delivery whose turn it is: handlers of one topic run one after another. */
  current: Delivery | undefined;
  pumping = false;
  timer: ReturnType<typeof setTimeout> | undefined;

  /** Number of the request that set a starting place. */
  placing: number | undefined;
  /** True if the requested place is history to be shown again. */
  replaying = false;
  /** Last offset of that history. */
  replayTo = 0;
  /** True while missing offsets are requested. */
  filling = false;
  /** First offset of the last hole that was requested. */
  filledAt: number | undefined;

  constructor(name: string, handlers: Set<Handler<never>>) {
    this.name = name;
    this.handlers = handlers;
  }

  /** The connection is gone. */
  interrupt(): void {
    this.live = false;
    this.filling = false;
    this.replaying = false;
    this.placing = undefined;
    this.filledAt = undefined;
  }

  /** Subscribes on the server: at the requested place, or else where this client is, if known. */
  ask(link: Link, wished?: Place): Promise<unknown> {
    const { handledTo: offset, epoch, lastId } = this.position ?? {};
    const answer = link.ask('subscribe', { topic: this.name, ...(wished ?? { offset, epoch, lastId }) });
    this.placing = link.lastId;
    this.replaying = wished !== undefined;
    return answer;
  }

  /** Continues at the server's cursor in the same epoch. */
  goOn(cursor: number, link: Link, events: Emitter): void {
    const { position } = this;
    if (!position) return;
    const { epoch, handledTo, lastId } = position;
    if (cursor > handledTo && !this.name.startsWith('user:')) {
      this.fill(link, events);
      return;
    }
    // Another session of the user may have acknowledged the rest of a personal topic. Notifications
    // that were handled beyond the cursor come again and are recognized by their ids; their offsets
    // may have changed.
    this.position = new Position(epoch, cursor, cursor === handledTo ? lastId : undefined);
  }

  /**
   * Asks for missing offsets.
   * @param offset offset that came after the hole.
   * @returns true if they were requested, so that `offset` comes again, too.
   */
  fill(link: Link, events: Emitter, offset?: number): boolean {
    const from = (this.position?.told ?? 0) + 1;
    if (this.filling) return true;
    if (offset !== undefined) {
      // A hole is requested once. If it stays, it is not acknowledged, so the server eventually
      // reports it.
      if (this.filledAt === from) return false;
      this.filledAt = from;
      events.fail('hole_noticed', `${this.name} ${from}-${offset - 1}`);
    }
    this.filling = true;
    this.ask(link).catch((error: PostriderError) => {
      this.filling = false;
      this.filledAt = undefined;
      events.emit('error', error);
    });
    return true;
  }
}

/** True for topics to which the server subscribes every session. */
export const isOwn = (topic: string): boolean => /^(all$|user:|session:)/.test(topic);
