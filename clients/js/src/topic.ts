import type { Emitter } from './emitter.js';
import type { PostriderError } from './errors.js';
import type { Subscribed } from './frames.js';
import type { Link } from './link.js';
import type { Delivery, Handler, Home } from './message.js';
import { Position } from './position.js';

/** The place at which a subscription begins, instead of the session's own. */
export interface Place {
  /** The last n of the topic. */
  rewind?: number | undefined;
  /** Behind this offset … */
  offset?: number | undefined;
  /** … of this numbering … */
  epoch?: string | undefined;
  /** … if this notification is still at that offset. */
  lastId?: string | undefined;
}

/** A topic as one client knows it. */
export class Topic implements Home {
  position: Position | undefined;
  live = false;
  /** The session's record at the server names it. */
  recorded = false;
  /** The last confirmation. */
  last: Subscribed | undefined;
  byHand = false;
  confirming: Delivery[] = [];
  traces: string[] = [];

  backlog: Delivery[] = [];
  /** The delivery whose turn it is: handlers of one topic run one after another. */
  current: Delivery | undefined;
  pumping = false;
  timer: ReturnType<typeof setTimeout> | undefined;

  /** Number of the request that asked for a place. */
  placing: number | undefined;
  /** The place that was asked for is history to be shown again. */
  replaying = false;
  /** Up to here it is. */
  replayTo = 0;
  /** Offsets are missing and were asked for. */
  filling = false;
  /** Where they were missing. */
  filledAt: number | undefined;

  /** @param handlers of the application. */
  constructor(
    readonly name: string,
    readonly handlers: Set<Handler<never>>,
  ) {}

  /** The connection is gone. */
  interrupt(): void {
    this.live = this.filling = this.replaying = false;
    this.placing = this.filledAt = undefined;
  }

  /** Subscribes it at the server: at the place that is wished, else where this client is, if it knows. */
  ask(link: Link, wished?: Place): Promise<unknown> {
    const { handledTo: offset, epoch, lastId } = this.position ?? {};
    const answer = link.ask('subscribe', { topic: this.name, ...(wished ?? { offset, epoch, lastId }) });
    this.placing = link.lastId;
    this.replaying = wished !== undefined;
    return answer;
  }

  /** Goes on at a place that the server says, in the same numbering. */
  goOn(cursor: number, link: Link, events: Emitter): void {
    const { position } = this;
    if (!position) return;
    const { epoch, handledTo, lastId } = position;
    // Another session of the user has acknowledged the rest of a personal topic; elsewhere it was missed.
    if (cursor > handledTo && !this.name.startsWith('user:')) return void this.fill(link, events);
    // Notifications that were handled behind the cursor come again and are known by their ids; their offsets may be others' by now.
    this.position = new Position(epoch, cursor, cursor === handledTo ? lastId : undefined);
  }

  /**
   * Asks for what is missing.
   * @param offset what came behind the hole.
   * @returns whether it was asked for, so that what is behind it comes once more, too.
   */
  fill(link: Link, events: Emitter, offset?: number): boolean {
    const from = (this.position?.told ?? 0) + 1;
    if (this.filling) return true;
    if (offset !== undefined) {
      // Asked for once. What does not come even then is not acknowledged, so the server will send it or tell of it some day.
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

/** True for topics to which the server subscribes every session by itself. */
export const isOwn = (topic: string): boolean => /^(all$|user:|session:)/.test(topic);
