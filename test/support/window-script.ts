import type { Gap, Reader, SessionClient } from '../../src/delivery/session-client.js';
import { Subscription } from '../../src/delivery/subscription.js';
import { type FeedEntry, TopicFeed } from '../../src/delivery/topic-feed.js';
import { encodeEntry, idOf, placeholderOf } from '../../src/topic/entry-codec.js';
import type { LogRange } from '../../src/topic/log-scripts.js';

const NAME = 'main:public.news';
const EPOCH = 'e1';
const NOW = 1_000_000_000_000;

interface Place {
  readonly window: number;
  /** Cursor at the start, and the offset up to which notifications may have been sent before. */
  readonly cursor: number;
  readonly maybeSent: number;
  readonly ahead: readonly number[];
  readonly keepsTail: boolean;
}

/**
 * Subscription between a log and a socket that the test controls. Every output is checked at once.
 */
export class WindowScript implements SessionClient {
  /** Offsets that arrived, or were reported in a gap. */
  readonly told = new Set<number>();
  /** Offsets that came and were neither acknowledged nor taken back. */
  readonly outstanding = new Set<number>();
  /** Offsets that the client has settled: acknowledged, refused, or covered by a gap. */
  private readonly settled = new Set<number>();
  private readonly gaps = new Set<number>();
  /** Readers waiting for the client, each with the gaps at that time. */
  private readonly asked: { reader: Reader; gaps: ReadonlySet<number> }[] = [];
  readonly faults: string[] = [];
  readonly subscription: Subscription;
  readonly window: number;
  open = true;
  private readonly log: string[] = [];
  private base = 0;
  private highestFirst: number;
  private readonly attempts = new Map<number, number>();
  private readonly reads: (() => void)[] = [];
  private readonly feed: TopicFeed;

  constructor(
    length: number,
    private readonly place: Place,
  ) {
    for (let i = 0; i < length; i++) this.grow();
    const { cursor, maybeSent, ahead, keepsTail, window } = place;
    this.highestFirst = cursor;
    this.window = window;
    const budget = { bytes: 0, maxBytes: 1_000_000 };
    this.feed = new TopicFeed(NAME, 'public.news', {
      keepsTail,
      budget,
      readLog: (_, from, most, upTo) => this.read(from, most, upTo),
      onSuspect: () => this.faults.push('suspect'),
    });
    this.feed.establish(EPOCH, length, '');
    const member = { epoch: EPOCH, base: 0, head: length, cursor, start: cursor, ahead, headMark: '', members: 1 };
    const events = {
      opened: () => undefined,
      closed: () => undefined,
      delivered: () => undefined,
      gapped: () => undefined,
      passed: () => undefined,
      resent: () => undefined,
      exhausted: () => undefined,
      earliest: () => NOW,
    };
    const subscriber = {
      session: { id: 'session', generation: 1, resumed: false },
      client: this,
      rejoin: () => this.faults.push('renumbered'),
    };
    const start = { member, from: cursor, maybeSent, attempts: new Map() };
    this.subscription = new Subscription(subscriber, this.feed, events, start);
    this.feed.subscriptions.add(this.subscription);
    this.subscription.pump();
  }

  get writable(): boolean {
    return this.open;
  }

  get head(): number {
    return this.base + this.log.length;
  }

  append(count: number, hint: 'entries' | 'head' | 'lost', expired: boolean): void {
    const from = this.head + 1;
    for (let i = 0; i < count; i++) this.grow(expired);
    if (hint === 'entries') this.feed.appended(EPOCH, from, this.log.slice(-count));
    else if (hint === 'head') this.feed.appended(EPOCH, this.head, []);
  }

  end(offset: number, hinted: boolean): void {
    if (offset <= this.base || offset > this.head) return;
    const index = offset - this.base - 1;
    this.log[index] = placeholderOf(this.log[index] ?? '', 'cancelled');
    if (hinted) this.feed.ended(EPOCH, [{ offset, reason: 'cancelled' }]);
  }

  trim(count: number): void {
    this.base += this.log.splice(0, count).length;
  }

  ackUpTo(offset: number): void {
    for (const one of this.outstanding) if (one <= offset) this.outstanding.delete(one);
    for (let one = 1; one <= offset; one++) this.settled.add(one);
    this.subscription.ackUpTo(offset);
  }

  /** Acknowledges as a client that comes back after handling notifications before. */
  ackFar(offset: number): void {
    const to = Math.min(offset, this.feed.head);
    for (let one = 1; one <= to; one++) this.told.add(one);
    this.ackUpTo(to);
  }

  ackOnly(offset: number): void {
    this.outstanding.delete(offset);
    this.settled.add(offset);
    this.subscription.ackOnly(offset);
  }

  refuse(offset: number): void {
    this.outstanding.delete(offset);
    this.settled.add(offset);
    this.subscription.forget(offset);
  }

  whenRead(reader: Reader): void {
    this.asked.push({ reader, gaps: new Set(this.gaps) });
  }

  /** Answers one ping, as the client. @returns false if none was pending. */
  answer(): boolean {
    const first = this.asked.shift();
    if (!first) return false;
    for (const offset of first.gaps) this.settled.add(offset);
    first.reader.read();
    return true;
  }

  /** Offsets that the session would not get again, although its client may not know of them. */
  get passedUntold(): number[] {
    const from = this.place.cursor + 1;
    const offsets = Array.from(
      { length: Math.max(0, this.subscription.settled - from + 1) },
      (_, index) => from + index,
    );
    return offsets.filter((offset) => !this.settled.has(offset));
  }

  reposition(): void {
    this.outstanding.clear();
    this.subscription.reposition(this.place.cursor);
  }

  drain(): void {
    this.open = true;
    this.subscription.pump();
  }

  /** Reports a broken connection to Redis. */
  doubt(): void {
    this.feed.doubt();
  }

  /** Acts as the heads poll. */
  poll(): void {
    this.feed.confirm(EPOCH, this.head);
  }

  /** Lets pending reads be answered. */
  async settle(): Promise<void> {
    for (let answer = this.reads.shift(); answer; answer = this.reads.shift()) {
      answer();
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  private grow(expired = false): void {
    const id = `s${String(this.head).padStart(20, '0')}`;
    const expiresAtMs = expired ? NOW : NOW + 1;
    this.log.push(encodeEntry({ id, policy: 'none', expiresAtMs, atMs: NOW, body: '"type":"t"' }, 'm'.repeat(8)));
  }

  private read(from: number, most: number, upTo: number): Promise<LogRange> {
    return new Promise((resolve) => {
      this.reads.push(() => {
        const { base, head } = this;
        const first = Math.max(from, base + 1);
        const to = Math.min(head, first + most - 1, upTo);
        resolve({
          epoch: EPOCH,
          base,
          head,
          from: first,
          entries: this.log.slice(first - base - 1, Math.max(0, to - base)),
        });
      });
    });
  }

  gap({ from, to }: Gap): void {
    for (let offset = from; offset <= to; offset++) {
      this.told.add(offset);
      this.gaps.add(offset);
      this.outstanding.delete(offset);
    }
  }

  notify(feed: TopicFeed, offset: number, { text }: FeedEntry, attempt: number): void {
    const id = idOf(text);
    if (!this.open) this.faults.push(`${offset} on a full socket`);
    if (!feed.verified) this.faults.push(`${offset} of a log that may be another`);
    if (Number(id.slice(1)) !== offset - 1) this.faults.push(`${offset} carries ${id}`);
    if (attempt === 1) {
      if (offset <= this.highestFirst) this.faults.push(`${offset} after ${this.highestFirst}`);
      if (offset <= this.place.maybeSent) this.faults.push(`${offset} may have been sent before`);
      this.highestFirst = offset;
    }
    if (this.attempts.has(offset) && attempt === 1) this.faults.push(`${offset} twice as the first attempt`);
    this.attempts.set(offset, attempt);
    this.told.add(offset);
    this.outstanding.add(offset);
    if (this.outstanding.size > this.window) this.faults.push(`${this.outstanding.size} outstanding`);
  }

  subscribed(): void {
    this.faults.push('subscribed');
  }

  fence(): void {
    this.faults.push('fenced');
  }

  goodbye(): void {
    this.faults.push('goodbye');
  }
}
