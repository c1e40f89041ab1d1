import type { Again, EndReason } from '../topic/hint-codec.js';
import { expiryOf, gapReason, deliveryKindOf, markOf, placeholderOf, traceOf } from '../topic/entry-codec.js';
import type { GapReason } from '../contract/terms.js';
import type { Landmark } from '../topic/topic-acks.js';
import type { LogRange, LogView } from '../topic/log-scripts.js';
import { isObserved } from '../topic/topic-namespaces.js';
import { FEW, FanOut } from './fan-out.js';

/** Who listens to a topic: a session of this node. */
export interface FeedListener {
  readonly session: string;
  /** Sends what is there as far as there is room. */
  pump(): void;
  /** Sends an unacknowledged one again, where it was sent less often than that. */
  again(offset: number, most: number): void;
  /** A delivery ended before it was acknowledged. */
  ended(offset: number, reason: EndReason): void;
  /** The topic has a new numbering: what was known of the old one is void. */
  renumbered(): void;
}

/** An entry or a placeholder of the log, read once for all who get it. */
export interface FeedEntry {
  readonly text: string;
  /** Set where it will never be delivered. */
  readonly gap: GapReason | undefined;
  readonly expiresAtMs: number;
  /** As of `deliveryKindOf`. */
  readonly kind: number;
  /** The `traceparent` of its accept, where that is traced. */
  readonly trace: string | undefined;
  /** A first delivery as it is written to sockets of the native protocol; made when the first of them needs it. */
  frame: Buffer | undefined;
}

export function feedEntryOf(text: string): FeedEntry {
  const gap = gapReason(text);
  return gap
    ? { text, gap, expiresAtMs: 0, kind: 0, trace: undefined, frame: undefined }
    : {
        text,
        gap,
        expiresAtMs: expiryOf(text),
        kind: deliveryKindOf(text),
        trace: traceOf(text),
        frame: undefined,
      };
}

/** Reads a range of the log of a feed's topic; undefined where Redis did not answer. */
export type ReadLog = (name: string, from: number, most: number, upTo: number) => Promise<LogRange | undefined>;

/** How a feed is made. */
export interface FeedOptions {
  /** Whether the newest entries are kept. A personal topic has few listeners, which are up to date or read the log. */
  readonly keepsTail: boolean;
  readonly budget: TailBudget;
  readonly readLog: ReadLog;
  /** Something does not fit what was seen: the log has to be looked at. */
  readonly onSuspect: (feed: TopicFeed) => void;
}

/** Memory that the tails of all feeds of a node may take together. */
export interface TailBudget {
  bytes: number;
  readonly maxBytes: number;
}

const TAIL_ENTRIES = 64;

/** One topic on this node: how far it is confirmed, its newest entries, and who listens. */
export class TopicFeed {
  epoch = '';
  /** No reader goes past it: what a client has seen must not be unwritten by a failover. */
  head = 0;
  /** Whether its deliveries count in the metrics. */
  readonly observed: boolean;
  readonly subscriptions = new Set<FeedListener>();
  /** Joins under way: the feed is kept although nobody listens yet, so that no hint is missed. */
  pins = 0;
  /**
   * Whether the log is known to be the one that was seen. Not after a connection to Redis broke: behind the next one may be a
   * primary that lacks what was sent, and gives its offsets to others.
   */
  verified = true;
  /**
   * The newest entry that was seen: nothing that was sent lies behind it. Whoever stores what clients say of offsets names it, as a
   * log that holds it is the one that they were sent.
   */
  landmark?: Landmark;
  /** The newest entries, without a hole, and the offset of the first. */
  private tail: FeedEntry[] = [];
  private tailFrom = 1;
  private reads?: Map<string, Promise<LogRange | undefined>>;
  /** Only once there are many listeners: most topics are those of one user. */
  private fanOut?: FanOut;

  constructor(
    readonly name: string,
    readonly topic: string,
    private readonly options: FeedOptions,
  ) {
    this.observed = isObserved(name);
  }

  get view(): LogView {
    const { name, head, landmark } = this;
    return landmark ? { name, head, landmark } : { name, head };
  }

  /** The topic as a script has just seen it. @param headMark of the entry at the head, '' where that is not known. */
  establish(epoch: string, head: number, headMark: string): void {
    if (this.epoch !== epoch) {
      if (this.epoch !== '' && this.subscriptions.size > 0) this.renumbered();
      this.dropTail(0);
      this.head = head;
      this.epoch = epoch;
      this.landmark = undefined;
      this.verified = true;
    } else if (head > this.head) this.head = head;
    if (headMark !== '') this.saw(head, headMark);
  }

  /** The topic has another numbering: what was seen is void, and all listeners join again, which tells what there is. */
  renumbered(): void {
    this.epoch = '';
    this.landmark = undefined;
    this.verified = true;
    for (const listener of this.subscriptions) listener.renumbered();
  }

  /** A connection to Redis broke. Where nothing was seen, nothing can be another. */
  doubt(): void {
    this.verified = this.epoch === '';
  }

  /** The log was looked at, on connections that are still there, and is the one that was seen. */
  confirm(epoch: string, head: number): void {
    this.verified = true;
    this.grown(epoch, head);
    this.pumpAll();
  }

  /** The log is confirmed up to `offset + entries.length − 1`, or up to `offset` where the hint carries no entries. */
  appended(epoch: string, offset: number, entries: readonly string[]): void {
    if (!this.verified) return;
    if (this.epoch === '') this.establish(epoch, offset - 1, '');
    // The topic has been renumbered, or the hint is older than that.
    if (epoch !== this.epoch) return this.suspect();
    const head = entries.length > 0 ? offset + entries.length - 1 : offset;
    if (entries.some((text, index) => this.isContradicted(offset + index, markOf(text)))) return this.suspect();
    if (head <= this.head) return;
    this.keep(Math.max(offset, this.head + 1), entries.slice(Math.max(0, this.head + 1 - offset)));
    this.head = head;
    const last = entries.at(-1);
    if (last !== undefined) this.saw(head, markOf(last));
    this.pumpAll();
    this.trimTail();
  }

  /** The heads poll found more than the hints told. */
  grown(epoch: string, head: number): void {
    if (epoch !== this.epoch) this.renumbered();
    else if (head > this.head) {
      this.head = head;
      this.pumpAll();
    }
  }

  again(epoch: string, deliveries: readonly Again[]): void {
    if (epoch !== this.epoch) return;
    for (const subscription of this.subscriptions) {
      for (const { offset, most } of deliveries) subscription.again(offset, most);
    }
  }

  ended(epoch: string, offsets: readonly { offset: number; reason: EndReason }[]): void {
    if (epoch !== this.epoch) return;
    for (const { offset, reason } of offsets) {
      this.replace(offset, reason);
      for (const subscription of this.subscriptions) subscription.ended(offset, reason);
    }
  }

  recent(offset: number): FeedEntry | undefined {
    return offset < this.tailFrom ? undefined : this.tail[offset - this.tailFrom];
  }

  /** Sessions that come back together and stand at the same place are served by one read. */
  read(from: number, most: number): Promise<LogRange | undefined> {
    const key = `${from} ${most}`;
    const reads = (this.reads ??= new Map<string, Promise<LogRange | undefined>>());
    let read = reads.get(key);
    if (!read) {
      read = this.options
        .readLog(this.name, from, most, this.head)
        .then((range) => {
          const last = range?.epoch === this.epoch ? range.entries.at(-1) : undefined;
          if (range && last !== undefined) this.saw(range.from + range.entries.length - 1, markOf(last));
          return range;
        })
        .finally(() => reads.delete(key));
      reads.set(key, read);
    }
    return read;
  }

  /** Gives every subscription what is new. */
  pumpAll(): void {
    if (!this.fanOut && this.subscriptions.size <= FEW) {
      for (const listener of this.subscriptions) listener.pump();
      return;
    }
    this.fanOut ??= new FanOut(this.subscriptions, () => this.trimTail());
    this.fanOut.start();
  }

  /** Something does not fit to what was seen here. */
  suspect(): void {
    this.options.onSuspect(this);
  }

  private saw(offset: number, mark: string): void {
    if (this.verified && offset > (this.landmark?.offset ?? 0)) this.landmark = { offset, mark };
  }

  private isContradicted(offset: number, mark: string): boolean {
    if (offset === this.landmark?.offset) return this.landmark.mark !== mark;
    const known = this.recent(offset)?.text;
    return known !== undefined && markOf(known) !== mark;
  }

  private trimTail(): void {
    if (this.fanOut?.isUnderWay) return;
    const { bytes, maxBytes } = this.options.budget;
    this.dropTail(this.options.keepsTail && bytes <= maxBytes ? TAIL_ENTRIES : 0);
  }

  /** Drops the oldest entries down to this many. */
  dropTail(kept: number): void {
    const dropped = this.tail.splice(0, Math.max(0, this.tail.length - kept));
    this.tailFrom += dropped.length;
    for (const { text } of dropped) this.options.budget.bytes -= text.length;
  }

  private keep(offset: number, texts: readonly string[]): void {
    if (offset !== this.tailFrom + this.tail.length) {
      this.dropTail(0);
      this.tailFrom = offset;
    }
    for (const text of texts) {
      this.tail.push(feedEntryOf(text));
      this.options.budget.bytes += text.length;
    }
  }

  private replace(offset: number, reason: EndReason): void {
    const recent = this.recent(offset);
    if (!recent) return;
    const text = placeholderOf(recent.text, reason);
    this.tail[offset - this.tailFrom] = feedEntryOf(text);
    this.options.budget.bytes += text.length - recent.text.length;
  }
}
