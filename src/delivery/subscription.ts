import type { HeldSession } from '../session/held-session.js';
import type { SentRecord } from '../session/sent-record.js';
import { encodeSentRecord } from '../session/sent-record.js';
import type { GapReason } from '../contract/terms.js';
import type { Membership } from '../topic/topic-members.js';
import { type Flight, InFlight } from './in-flight.js';
import { ResendTimer } from './resend-timer.js';
import type { SessionClient } from './session-client.js';
import { GapNotices } from './gap-notices.js';
import { type FeedEntry, type FeedListener, type TopicFeed, feedEntryOf } from './topic-feed.js';

/** Session that a subscription belongs to. */
export interface Subscriber {
  readonly session: HeldSession;
  readonly client: SessionClient;
  /** Joins a topic again after it got a new epoch. */
  rejoin(topic: string): void;
}

/** Events of subscriptions; one receiver for the whole node. */
export interface SubscriptionEvents {
  opened(): void;
  closed(): void;
  delivered(subscription: Subscription, flight: Flight): void;
  /** The client was sent a gap. */
  gapped(subscription: Subscription): void;
  /** The client has read which offsets will never come, so the cursor may move over them. */
  passed(subscription: Subscription): void;
  resent(subscription: Subscription, flight: Flight): void;
  /** The ack wait after the last attempt is over. */
  exhausted(subscription: Subscription, flight: Flight): void;
  /** Lower bound of the current time by the clock of Redis. */
  earliest(): number;
}

/** Start of a subscription. */
export interface SubscriptionStart {
  readonly member: Membership;
  /** Everything after this offset is sent. */
  readonly from: number;
  /** Highest offset that may have been sent to this session before. */
  readonly maybeSent: number;
  /** Attempts on earlier connections, by offset, of notifications that are sent again. */
  readonly attempts: ReadonlyMap<number, number>;
}

/**
 * Maximum offsets remembered above the cumulative ack, since a client may name any below the head.
 */
const MAX_AHEAD = 8_192;

/**
 * Position of a session in a topic, as its connection knows it. A slow consumer costs an integer,
 * not a buffer: entries that do not fit are read from the log once there is room.
 */
export class Subscription implements FeedListener {
  /** Last offset that was sent, or reported as a gap, in order. */
  sent: number;
  /** Highest cumulatively acknowledged offset. */
  acked: number;
  /** The session is a recipient of everything after this offset. */
  readonly start: number;
  private readonly unacked = new InFlight();
  /** Offsets above the cumulative ack that are acknowledged or refused. */
  private ahead?: Set<number>;
  private readonly attempts?: ReadonlyMap<number, number>;
  private gaps?: GapNotices;
  private reading = false;
  /** True once it has left its feed. */
  closed = false;
  /** Offsets to send again once the socket has room. */
  private postponed?: Set<number>;
  private resends?: ResendTimer;

  private readonly client: SessionClient;
  private maybeSent: number;

  constructor(
    private readonly subscriber: Subscriber,
    readonly feed: TopicFeed,
    private readonly events: SubscriptionEvents,
    { member, from, maybeSent, attempts }: SubscriptionStart,
  ) {
    this.client = subscriber.client;
    this.sent = from;
    this.maybeSent = maybeSent;
    this.start = member.start;
    this.acked = member.cursor;
    // Created on demand, because there are many subscriptions and few of them need it.
    if (member.ahead.length > 0) this.ahead = new Set(member.ahead);
    if (attempts.size > 0) this.attempts = attempts;
  }

  get session(): string {
    return this.subscriber.session.id;
  }

  get topic(): string {
    return this.feed.topic;
  }

  /** True if nothing more is sent before an ack. */
  get isFull(): boolean {
    return this.unacked.size >= this.client.window;
  }

  /** True if there are entries that were not sent yet. */
  get isBehind(): boolean {
    return this.sent < this.feed.head;
  }

  /** Number of unacknowledged notifications. */
  get inFlight(): number {
    return this.unacked.size;
  }

  /**
   * Offset up to which the client has acknowledged everything or knows that it will not come.
   * Offsets that stay open for too long are not waited for.
   */
  get settled(): number {
    const { sent } = this;
    const lowest = Math.min(this.unacked.all[0]?.offset ?? Infinity, this.gaps?.lowestUnread ?? Infinity);
    return Math.max(Math.min(sent, lowest - 1), sent - MAX_AHEAD);
  }

  /** Number of notifications that are sent again after a nack. */
  get nacked(): number {
    return this.resends?.waiting ?? 0;
  }

  /** Unacknowledged notification at an offset; undefined if there is none. */
  flightOf(offset: number): Flight | undefined {
    return this.unacked.get(offset);
  }

  /**
   * Sends available entries as far as window and socket allow, if the log is verified. Safe to call
   * at any time.
   */
  pump(): void {
    const { feed, client } = this;
    if (!feed.verified) return;
    if (this.postponed && client.writable) {
      const offsets = this.postponed;
      this.postponed = undefined;
      for (const offset of offsets) this.resend(offset);
    }
    while (!this.closed && this.sent < feed.head && this.unacked.size < client.window && client.writable) {
      const offset = this.sent + 1;
      const entry = feed.recent(offset);
      if (entry === undefined) {
        this.fetch(offset);
        break;
      }
      this.offer(offset, entry);
    }
    this.gaps?.flush();
  }

  /**
   * Acknowledges everything up to `offset`.
   * @returns the notifications that were in flight there.
   */
  ackUpTo(offset: number): readonly Flight[] {
    const flights = this.unacked.takeUpTo(offset);
    // Entries acknowledged on an earlier connection are skipped, except in a replay of history.
    if (offset > this.sent && this.sent >= this.acked) this.sent = offset;
    if (offset > this.acked) this.acked = offset;
    if (this.ahead) for (const passed of this.ahead) if (passed <= offset) this.ahead.delete(passed);
    this.pump();
    return flights;
  }

  /** @returns the notification that was in flight there. */
  ackOnly(offset: number): Flight | undefined {
    const flight = this.unacked.remove(offset);
    if (offset > this.sent) this.pass(offset);
    if (flight) this.pump();
    return flight;
  }

  /** Frees the place of a refused or ended notification in the window. */
  forget(offset: number): void {
    this.pass(offset);
    if (this.unacked.remove(offset)) this.pump();
  }

  /** Handles the end of a delivery that the session has not acknowledged. */
  ended(offset: number, reason: GapReason): void {
    if (!this.unacked.remove(offset)) return;
    this.telling().tell(offset, offset, reason);
    this.pump();
  }

  /** Sends a delivery again after its ack wait, unless it was already sent `most` times. */
  again(offset: number, most: number): void {
    const flight = this.unacked.get(offset);
    if (!flight || this.closed || flight.nacked === flight.attempt) return;
    if (flight.attempt < most) return this.resend(offset);
    if (flight.exhausted === flight.attempt) return;
    flight.exhausted = flight.attempt;
    this.events.exhausted(this, flight);
  }

  /** Sends an unacknowledged notification again. */
  resend(offset: number): void {
    const flight = this.unacked.get(offset);
    if (!flight || this.closed) return;
    if (!this.maySend) return this.postpone(offset);
    const entry = this.feed.recent(offset);
    if (entry === undefined) {
      void this.feed.read(offset, 1).then((range) => {
        const [text] = range?.from === offset ? range.entries : [];
        if (text !== undefined) this.resendEntry(offset, feedEntryOf(text));
      });
    } else this.resendEntry(offset, entry);
  }

  /**
   * Sends an unacknowledged notification again later.
   * @param atMs time by `performance.now()`.
   */
  resendAt(offset: number, atMs: number): void {
    const flight = this.unacked.get(offset);
    if (!flight || this.closed) return;
    this.resends ??= new ResendTimer(this.unacked, (due) => this.resend(due));
    this.resends.set(flight, atMs);
  }

  /** Returns to an earlier position, for a replay on the same connection. */
  reposition(from: number): void {
    this.maybeSent = Math.max(this.maybeSent, this.sent);
    this.unacked.clear();
    this.sent = from;
    this.pump();
  }

  /** Handles a new epoch: everything known of the old one is void. */
  renumbered(): void {
    this.subscriber.rejoin(this.topic);
  }

  close(): void {
    this.closed = true;
    this.resends?.stop();
  }

  /** Text of the record that the next connection of the session needs. */
  record(): string {
    const again = this.unacked.all.filter(({ attempt }) => attempt > 1);
    const attempts = new Map(again.map(({ offset, attempt }) => [offset, attempt]));
    const record: SentRecord = { epoch: this.feed.epoch, sent: Math.max(this.sent, this.maybeSent), attempts };
    return encodeSentRecord(record);
  }

  private offer(offset: number, entry: FeedEntry): void {
    this.sent = offset;
    const lost = entry.gap ?? (entry.expiresAtMs <= this.events.earliest() ? 'expired' : undefined);
    if (lost ?? this.ahead?.has(offset)) return this.telling().add(offset, lost ?? 'trimmed', offset);
    this.gaps?.flush();
    const attempt = offset > this.maybeSent ? 1 : (this.attempts?.get(offset) ?? 1) + 1;
    const flight = { offset, attempt, sentAtMs: performance.now(), kind: entry.kind, trace: entry.trace, againAtMs: 0 };
    this.unacked.add(flight);
    this.client.notify(this.feed, offset, entry, attempt);
    this.events.delivered(this, flight);
  }

  /**
   * Passes an offset. Offsets that are not remembered may be sent again, which costs a duplicate.
   */
  private pass(offset: number): void {
    if ((this.ahead?.size ?? 0) >= MAX_AHEAD) return;
    this.ahead = (this.ahead ?? new Set()).add(offset);
  }

  private get maySend(): boolean {
    return this.feed.verified && this.client.writable;
  }

  private postpone(offset: number): void {
    this.postponed = (this.postponed ?? new Set()).add(offset);
  }

  private resendEntry(offset: number, entry: FeedEntry): void {
    const flight = this.unacked.get(offset);
    if (!flight || this.closed || entry.gap) return;
    // The socket may have filled up, or a connection to Redis broken, while the log was read.
    if (!this.maySend) return this.postpone(offset);
    if (entry.expiresAtMs <= this.events.earliest()) return this.ended(offset, 'expired');
    flight.attempt++;
    flight.againAtMs = 0;
    flight.sentAgainAtMs = performance.now();
    this.client.notify(this.feed, offset, entry, flight.attempt);
    this.events.delivered(this, flight);
    this.events.resent(this, flight);
  }

  private fetch(from: number): void {
    if (this.reading) return;
    this.reading = true;
    const room = this.client.window - this.unacked.size;
    void this.feed.read(from, room).then((range) => {
      this.reading = false;
      // If a connection broke in the meantime, the data may come from another log, and is read
      // again once that is verified.
      if (!range || this.closed || !this.feed.verified || range.epoch !== this.feed.epoch) return;
      // The position has changed in the meantime.
      if (from !== this.sent + 1) return this.pump();
      if (range.base > this.sent) {
        const to = Math.min(range.base, this.feed.head);
        this.telling().add(from, 'trimmed', to);
        this.sent = to;
      }
      for (const text of range.entries) {
        if (this.unacked.size >= this.client.window || !this.client.writable) break;
        this.offer(this.sent + 1, feedEntryOf(text));
      }
      this.gaps?.flush();
      if (this.sent >= from) this.pump();
    });
  }

  private telling(): GapNotices {
    return (this.gaps ??= new GapNotices(this.topic, this.client, {
      gapped: () => this.events.gapped(this),
      passed: () => {
        if (!this.closed) this.events.passed(this);
      },
    }));
  }
}
