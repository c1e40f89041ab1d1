import { Inject, Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import { PostriderError } from '../errors/postrider.error.js';
import { Metrics } from '../observability/metrics.js';
import { GuardQueue } from '../queue/guard.queue.js';
import { RedisClock } from '../redis/redis.clock.js';
import { NodeLease } from '../session/node.lease.js';
import { type SentMark, decodeMark } from '../session/sent.mark.js';
import { SessionStore } from '../session/session.store.js';
import { idOf } from '../topic/entry.codec.js';
import { TopicLog } from '../topic/topic.log.js';
import { type Membership, TopicMembers } from '../topic/topic.members.js';
import { ALL_TOPIC, userTopic } from '../topic/topic.name.js';
import { qualified } from '../topic/topic.namespaces.js';
import { AckCollector } from './ack.collector.js';
import type { Connection } from './connection.js';
import { DeliverySpans } from './delivery.spans.js';
import { Hub } from './hub.js';
import { Subscription, type SubscriptionEvents } from './subscription.js';
import type { TopicFeed } from './topic.feed.js';

/** Where a client wants to begin in a named topic; without one, at its session's cursor. */
export type Position =
  { readonly rewind: number } | { readonly offset: number; readonly epoch: string; readonly lastId?: string };

/** The `data` of a `subscribed` frame. */
export interface Subscribed {
  readonly topic: string;
  readonly epoch: string;
  readonly offset: number;
  readonly cursor: number;
  readonly recovered: boolean;
}

/** Record of what earlier connections of a session may have sent of a topic. */
interface Before {
  readonly sent: 'nothing' | 'maybe';
  /** Up to where, if that is known. */
  readonly mark?: SentMark | undefined;
}

interface Begin {
  /** Everything after it is sent. */
  readonly from: number;
  readonly recovered: boolean;
  /** The client's numbering is not the topic's any more. */
  readonly reset: boolean;
}

/** Joins connections to topics and takes them out again. */
@Injectable()
export class TopicJoiner {
  private readonly events: SubscriptionEvents;

  constructor(
    @Inject(Config) private readonly config: Config,
    private readonly hub: Hub,
    private readonly members: TopicMembers,
    private readonly log: TopicLog,
    private readonly sessions: SessionStore,
    private readonly lease: NodeLease,
    private readonly guard: GuardQueue,
    acks: AckCollector,
    clock: RedisClock,
    spans: DeliverySpans,
    private readonly metrics: Metrics,
  ) {
    this.events = {
      delivered: (subscription, flight) => {
        if (flight.attempt === 1 && subscription.feed.counted) metrics.delivered.inc();
        if (flight.trace !== undefined) spans.delivered(subscription, flight);
      },
      gapped: ({ feed }) => {
        if (feed.counted) metrics.gaps.inc();
      },
      passed: (subscription) => acks.pass(subscription),
      resent: (subscription, flight) => acks.resent(subscription, flight),
      exhausted: (subscription, flight) => acks.exhausted(subscription, flight),
      earliest: () => clock.earliest(),
    };
  }

  /**
   * Subscribes a session on its own wish; the topic is written into its record first.
   * @param answer told before the first notification.
   * @throws PostriderError `too_many_subscriptions`.
   */
  async join(
    connection: Connection,
    topic: string,
    position: Position | undefined,
    answer: (subscribed: Subscribed) => void,
  ): Promise<void> {
    const { session } = connection;
    if (!session) return;
    if (!connection.subscriptions.has(topic)) {
      if (connection.subscriptions.size + connection.joining >= this.config.wsMaxSubscriptions) {
        throw new PostriderError(
          'too_many_subscriptions',
          `A session may have ${this.config.wsMaxSubscriptions} topics: unsubscribe from one first.`,
          { field: 'topic' },
        );
      }
      connection.joining++;
      try {
        const holder = await this.sessions.addTopic(session.id, topic, session.generation);
        if (!holder) throw new PostriderError('session_not_found', 'The session is held by another connection.');
      } finally {
        connection.joining--;
      }
    }
    await this.attach(connection, topic, { sent: 'nothing' }, position, answer);
  }

  /** Continues a topic that is in the session's record. @param mark text of its `SentMark`; without one it was sent nothing yet. */
  async rejoin(
    connection: Connection,
    topic: string,
    mark: string | undefined,
    answer: (subscribed: Subscribed) => void,
  ): Promise<Membership | undefined> {
    const before: Before = mark === undefined ? { sent: 'nothing' } : { sent: 'maybe', mark: decodeMark(mark) };
    return this.attach(connection, topic, before, undefined, answer);
  }

  /**
   * The topic has a new numbering: what was known of the old one is void. Acks that are on their way are of the old one;
   * they end where the client answers the ping that follows.
   */
  async restart(connection: Connection, topic: string): Promise<void> {
    const before = connection.subscriptions.get(topic);
    if (!before) return;
    before.close();
    before.feed.subscriptions.delete(before);
    await this.attach(connection, topic, { sent: 'maybe' }, undefined, (subscribed) => {
      this.tellReset(connection, topic, subscribed.cursor);
      connection.send('subscribed', subscribed);
      connection.fence(topic);
    });
  }

  /** @throws PostriderError where the server keeps the topic subscribed, or the session has not subscribed it. */
  async leave(connection: Connection, topic: string): Promise<void> {
    const { session, identity } = connection;
    if (!session || !identity) return;
    if (topic === ALL_TOPIC || topic === userTopic(identity.user)) {
      throw new PostriderError('forbidden', `${topic} belongs to every session.`, { field: 'topic' });
    }
    if (!connection.subscriptions.has(topic)) {
      throw new PostriderError('not_subscribed', 'The session is not subscribed to this topic.', { field: 'topic' });
    }
    this.detach(connection, topic);
    await this.members.leave(qualified(identity.app, topic), session.id);
    await this.sessions.removeTopic(session.id, topic, session.generation);
  }

  /** The socket is gone. @returns the marks of its topics. */
  detachAll(connection: Connection): Map<string, string> {
    const marks = new Map<string, string>();
    for (const [topic, subscription] of connection.subscriptions) {
      marks.set(topic, subscription.mark());
      this.detach(connection, topic);
    }
    return marks;
  }

  private detach(connection: Connection, topic: string): void {
    const subscription = connection.subscriptions.get(topic);
    if (!subscription) return;
    subscription.close();
    connection.subscriptions.delete(topic);
    subscription.feed.subscriptions.delete(subscription);
    this.hub.forgetIdle(subscription.feed);
    this.metrics.subscriptions.dec();
  }

  private async attach(
    connection: Connection,
    topic: string,
    before: Before,
    position: Position | undefined,
    answer: (subscribed: Subscribed) => void,
  ): Promise<Membership | undefined> {
    const { session, identity } = connection;
    if (!session || !identity) return undefined;
    const feed = this.hub.acquire(identity.app, topic);
    try {
      let member: Membership;
      do {
        await this.hub.verified(feed);
        member = await this.members.subscribe(feed.name, session.id, identity.user, this.lease.holder);
        if (member.wakeAtMs !== undefined) await this.guard.arm(member.wakeAtMs, [feed.name]);
      } while (!feed.verified);
      feed.establish(member.epoch, member.head, member.headMark);
      const begin = await this.begin(feed, member, position);
      if (connection.closed || connection.session !== session) return member;
      answer({
        topic,
        epoch: member.epoch,
        offset: member.head,
        cursor: begin.from,
        recovered: begin.recovered,
      });
      // A session that was away while the topic was given another numbering knows the old one.
      const isRenumbered = before.mark !== undefined && before.mark.epoch !== member.epoch;
      if (begin.reset || isRenumbered) this.tellReset(connection, topic, begin.from);
      const existing = connection.subscriptions.get(topic);
      if (existing?.closed) this.detach(connection, topic);
      else if (existing) {
        if (position) existing.reposition(Math.min(begin.from, existing.sent));
        else existing.pump();
        return member;
      }
      // What is known of another epoch says nothing of this one, which may hold some of the same.
      const mark = before.mark?.epoch === member.epoch ? before.mark : undefined;
      const maybeSent = before.sent === 'nothing' ? 0 : member.head;
      const subscription = new Subscription(
        session.id,
        connection,
        feed,
        topic,
        member,
        this.events,
        begin.from,
        mark?.sent ?? maybeSent,
        mark?.attempts ?? new Map(),
      );
      connection.subscriptions.set(topic, subscription);
      feed.subscriptions.add(subscription);
      this.metrics.subscriptions.inc();
      subscription.pump();
      return member;
    } finally {
      this.hub.release(feed);
    }
  }

  /** Nothing of the old numbering counts any more; what the new one still holds comes after `to`. */
  private tellReset(connection: Connection, topic: string, to: number): void {
    connection.send('gap', { topic, from: Math.min(1, to), to, reason: 'reset' });
  }

  private async begin(feed: TopicFeed, member: Membership, position: Position | undefined): Promise<Begin> {
    const { base, head, cursor, epoch } = member;
    if (!position) return { from: cursor, recovered: base <= cursor, reset: false };
    if ('rewind' in position) {
      const from = Math.min(cursor, Math.max(base, head - position.rewind));
      return { from, recovered: base <= from, reset: false };
    }
    const same =
      position.epoch === epoch &&
      position.offset <= head &&
      (await this.isSame(feed.name, position.offset, base, position.lastId));
    if (!same) return { from: Math.min(base, cursor), recovered: false, reset: true };
    const from = Math.min(position.offset, cursor);
    return { from, recovered: base <= from, reset: false };
  }

  /** Compares the entry that the client saw last with the one that the log has there. After a failover it may be another. */
  private async isSame(name: string, offset: number, base: number, lastId: string | undefined): Promise<boolean> {
    if (lastId === undefined || offset <= base) return true;
    const { from, entries } = await this.log.read(name, offset, 1, 1);
    const [entry] = entries;
    return from !== offset || entry === undefined || idOf(entry) === lastId;
  }
}
