import type { Subscribed } from './frames.js';
import type { Delivery, Handler, Home } from './message.js';
import type { Position } from './position.js';

/** Where a subscription begins, beside the session's own place. */
export interface Place {
  /** The last n of the topic. */
  rewind?: number;
  /** Behind this offset … */
  offset?: number;
  /** … of this numbering … */
  epoch?: string;
  /** … if this notification is still at that offset. */
  lastId?: string;
}

/** A topic as one client knows it. */
export class Topic implements Home {
  position: Position | undefined;
  live = false;
  /** The session's record at the server names it. */
  recorded = false;
  /** The last confirmation. */
  last: Subscribed | undefined;
  manual = false;

  readonly queue: Delivery[] = [];
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
  readonly confirming: Delivery[] = [];

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

  /** The place to go on from; undefined where nothing is known. */
  get place(): Place | undefined {
    const { position } = this;
    if (!position) return undefined;
    const { epoch, floor, lastId } = position;
    return { epoch, offset: floor, ...(lastId !== undefined && { lastId }) };
  }
}

/** Whether the server subscribes every session to it. */
export const isOwn = (topic: string): boolean => /^(all$|user:|session:)/.test(topic);
