import type { Again, EndReason } from '../topic/hint-codec.js';
import { expiryOf, gapReason, deliveryKindOf, markOf, placeholderOf, traceOf } from '../topic/entry-codec.js';
import type { GapReason } from '../contract/terms.js';
import type { Landmark } from '../topic/topic-acks.js';
import type { LogRange, LogView } from '../topic/log-scripts.js';
import { isObserved } from '../topic/topic-namespaces.js';
import { partitionOf } from '../contract/partition.js';
import { FEW, FanOut } from './fan-out.js';

/** Listener to a topic: a session of this node. */
export interface FeedListener {
  readonly session: string;
  /** Sends available entries as far as there is room. */
  pump(): void;
  /** Sends an unacknowledged notification again, unless it was already sent `most` times. */
  again(offset: number, most: number): void;
  /** Handles the end of an unacknowledged delivery. */
  ended(offset: number, reason: EndReason): void;
  /** Handles a new epoch: everything known of the old one is void. */
  renumbered(): void;
}

/** Entry or placeholder of the log, read once for all listeners. */
export interface FeedEntry {
  readonly text: string;
  /** Reason if it will never be delivered. */
  readonly gap: GapReason | undefined;
  readonly expiresAtMs: number;
  /** As returned by `deliveryKindOf`. */
  readonly kind: number;
  /** `traceparent` of its accept, if it is traced. */
  readonly trace: string | undefined;
  /** First delivery as bytes of the native protocol, encoded when a socket first needs it. */
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

/** Reads a range of the log of a topic; undefined if Redis did not answer. */
export type ReadLog = (name: string, from: number, most: number, upTo: number) => Promise<LogRange | undefined>;

/** Options of a feed. */
export interface FeedOptions {
  /**
   * Keeps the newest entries. A personal topic does not: its few listeners are up to date or read
   * the log.
   */
  readonly keepsTail: boolean;
  readonly budget: TailBudget;
  readonly readLog: ReadLog;
  /** Called when something contradicts what was seen, so that the log must be checked. */
  readonly onSuspect: (feed: TopicFeed) => void;
}

/** Memory limit for the tails of all feeds of a node. */
export interface TailBudget {
  bytes: number;
  readonly maxBytes: number;
}

const TAIL_ENTRIES = 64;

/** One topic on this node: its confirmed head, its newest entries and its listeners. */
export class TopicFeed {
  epoch = '';
  /**
   * Confirmed head. No reader passes it, so that a failover cannot lose entries that a client has
   * seen.
   */
  head = 0;
  /** True if its deliveries are counted in metrics; the console's own traffic is not. */
  readonly observed: boolean;
  readonly partition: number;
  readonly subscriptions = new Set<FeedListener>();
  /**
   * Joins in progress. They keep the feed although nobody listens yet, so that no hint is missed.
   */
  pins = 0;
  /**
   * True while the log is known to be the one that was seen. After a lost connection, the next one
   * may lead to a primary that lacks sent entries and reuses their offsets.
   */
  verified = true;
  /**
   * Newest entry that was seen; no sent entry is behind it. Acks and nacks name it, since a log
   * that contains it is the one from which the client was served.
   */
  landmark?: Landmark;
  /** Newest entries without holes, and the offset of the first. */
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
    this.partition = partitionOf(name);
  }

  get view(): LogView {
    const { name, head, landmark } = this;
    return landmark ? { name, head, landmark } : { name, head };
  }

  /**
   * Sets the state of the topic as a script has just returned it.
   * @param headMark mark of the entry at the head, '' if unknown.
   */
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

  /** Handles a new epoch: everything seen is void, and all listeners join again. */
  renumbered(): void {
    this.epoch = '';
    this.landmark = undefined;
    this.verified = true;
    for (const listener of this.subscriptions) listener.renumbered();
  }

  /** Marks the feed as unverified after a lost connection, unless it has seen nothing yet. */
  doubt(): void {
    this.verified = this.epoch === '';
  }

  /** Marks the log as verified: it was read over connections that are still open. */
  confirm(epoch: string, head: number): void {
    this.verified = true;
    this.grown(epoch, head);
    this.pumpAll();
  }

  /**
   * Takes a hint: the log is confirmed up to `offset + entries.length − 1`, or up to `offset`
   * without entries.
   */
  appended(epoch: string, offset: number, entries: readonly string[]): void {
    if (!this.verified) return;
    if (this.epoch === '') this.establish(epoch, offset - 1, '');
    // Either the topic has a new epoch, or the hint is from an earlier one.
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

  /** Takes the result of the heads poll if it is ahead of the hints. */
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

  /** Reads the log; sessions that return together at the same position share one read. */
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

  /** Pumps every subscription. */
  pumpAll(): void {
    if (!this.fanOut && this.subscriptions.size <= FEW) {
      for (const listener of this.subscriptions) listener.pump();
      return;
    }
    this.fanOut ??= new FanOut(this.subscriptions, () => this.trimTail());
    this.fanOut.start();
  }

  /** Reports a contradiction to what was seen here. */
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

  /** Drops the oldest entries and keeps `kept` of them. */
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
