import type { Subscribed } from './frames.js';
import type { Link } from './link.js';
import type { Delivery, Handler, Home } from './message.js';
import type { Position } from './position.js';
import type { Verdict } from './refusals.js';

/** Where a subscription begins, beside the session's own place. */
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
  verdicts: Verdict[] = [];
  traces: string[] = [];

  backlog: Delivery[] = [];
  /** Whose turn it is: handlers of one topic run one after another. */
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
}

/** Whether the server subscribes every session to it. */
export const isOwn = (topic: string): boolean => /^(all$|user:|session:)/.test(topic);
