import { Injectable } from '@nestjs/common';
import { unavailableFor } from '../contract/goodbyes.js';
import { PostriderError } from '../contract/postrider-error.js';
import { ALL_TOPIC, userTopic } from '../contract/topic-name.js';
import { EventLogger } from '../observability/event-logger.js';
import type { HeldSession } from '../session/held-session.js';
import { type SentRecord, decodeSentRecord } from '../session/sent-record.js';
import { idOf } from '../topic/entry-codec.js';
import { TopicLog } from '../topic/topic-log.js';
import type { Membership } from '../topic/topic-members.js';
import { DeliveryObserver } from './delivery-observer.js';
import { Hub } from './hub.js';
import type { SessionClient, Subscribed } from './session-client.js';
import type { FirstPlaces } from './session-opener.js';
import { type Rejoins, type SessionOwner, SessionTopics } from './session-topics.js';
import { Subscription, type SubscriptionStart } from './subscription.js';
import type { TopicFeed } from './topic-feed.js';
import { TopicPlaces } from './topic-places.js';

/** Receives the outcome of a join. */
type Answer = (subscribed: Subscribed) => void;

const NO_ATTEMPTS: ReadonlyMap<number, number> = new Map();

/** Requested start in a named topic; default: the session's cursor. */
export type Position =
  { readonly rewind: number } | { readonly offset: number; readonly epoch: string; readonly lastId?: string };

/** Earlier connections' record of what they may have sent of a topic. */
interface Before {
  readonly sent: 'nothing' | 'maybe';
  /** Record, if it is known. */
  readonly record?: SentRecord | undefined;
}

interface Joining {
  readonly before: Before;
  readonly position?: Position | undefined;
  readonly answer: Answer;
  readonly first?: FirstPlaces | undefined;
}

interface Begin {
  /** Everything after this offset is sent. */
  readonly from: number;
  readonly recovered: boolean;
  /** True if the client's offsets belong to another epoch. */
  readonly reset: boolean;
}

/** Joins sessions to topics and removes them. */
@Injectable()
export class TopicJoiner implements Rejoins {
  private readonly logger = new EventLogger(TopicJoiner.name);

  constructor(
    private readonly hub: Hub,
    private readonly places: TopicPlaces,
    private readonly log: TopicLog,
    private readonly observer: DeliveryObserver,
  ) {}

  /** Creates the topics of a session that a client has got; none is joined yet. */
  open(session: HeldSession, owner: SessionOwner, client: SessionClient): SessionTopics {
    return new SessionTopics(session, owner, client, this);
  }

  /**
   * Subscribes a session at its client's request. The topic is written into its record first.
   * @param answer called before the first notification.
   * @throws PostriderError `too_many_subscriptions`.
   */
  async join(topics: SessionTopics, topic: string, position: Position | undefined, answer: Answer): Promise<void> {
    if (!topics.subscriptions.has(topic)) await this.places.record(topics, topic);
    await this.attach(topics, topic, { before: { sent: 'nothing' }, position, answer });
  }

  /**
   * Continues a topic of the session's record.
   * @param record text of its `SentRecord`; without it, nothing has been sent yet.
   * @param first memberships that came with the session.
   */
  rejoin(
    topics: SessionTopics,
    topic: string,
    record: string | undefined,
    answer: Answer,
    first?: FirstPlaces,
  ): Promise<Membership | undefined> {
    const before: Before =
      record === undefined ? { sent: 'nothing' } : { sent: 'maybe', record: decodeSentRecord(record) };
    return this.attach(topics, topic, { before, answer, first });
  }

  /**
   * Joins a topic again after it got a new epoch: everything known of the old one is void. Acks
   * already on their way belong to the old epoch; they end when the client answers the following
   * ping.
   */
  rejoinRenumbered(topics: SessionTopics, topic: string): void {
    const subscription = topics.subscriptions.get(topic);
    if (!subscription) return;
    const { client } = topics;
    subscription.close();
    subscription.feed.subscriptions.delete(subscription);
    const answer: Answer = (subscribed) => {
      tellReset(client, topic, subscribed.cursor);
      client.subscribed(subscribed);
      client.fence(topic);
    };
    this.attach(topics, topic, { before: { sent: 'maybe' }, answer }).catch((error: unknown) => {
      this.logger.warn({ msg: 'Could not join a topic again', topic, error: String(error) });
      // Without this topic the session would be incomplete, so the client has to reconnect with all
      // of them.
      client.goodbye('unavailable', unavailableFor(error));
    });
  }

  /**
   * @throws PostriderError if every session has the topic, or if the session is not subscribed to
   * it.
   */
  async leave(topics: SessionTopics, topic: string): Promise<void> {
    if (topic === ALL_TOPIC || topic === userTopic(topics.owner.user)) {
      throw new PostriderError('forbidden', `${topic} cannot be unsubscribed: every session has it.`, {
        field: 'topic',
      });
    }
    if (!topics.subscriptions.has(topic)) {
      throw new PostriderError('not_subscribed', 'The session is not subscribed to this topic. Subscribe first.', {
        field: 'topic',
      });
    }
    this.detach(topics, topic);
    await this.places.leave(topics, topic);
  }

  /**
   * Closes the topics when the client loses the session.
   * @returns the records of its topics.
   */
  close(topics: SessionTopics): Map<string, string> {
    topics.isClosed = true;
    const records = new Map<string, string>();
    for (const [topic, subscription] of topics.subscriptions) {
      records.set(topic, subscription.record());
      this.detach(topics, topic);
    }
    return records;
  }

  private detach(topics: SessionTopics, topic: string): void {
    const subscription = topics.subscriptions.get(topic);
    if (!subscription) return;
    subscription.close();
    topics.subscriptions.delete(topic);
    subscription.feed.subscriptions.delete(subscription);
    this.hub.forgetIdle(subscription.feed);
    this.observer.closed();
  }

  private async attach(
    topics: SessionTopics,
    topic: string,
    { before, position, answer, first }: Joining,
  ): Promise<Membership | undefined> {
    if (topics.isClosed) return undefined;
    const feed = this.hub.acquire(topics.owner.app, topic);
    try {
      let member = first?.(topic);
      while (!member || !feed.verified) {
        await this.hub.verified(feed);
        member = await this.places.take(topics, feed.name);
      }
      feed.establish(member.epoch, member.head, member.headMark);
      const begin = await this.begin(feed, member, position);
      if (topics.isClosed) return member;
      answer({
        topic,
        epoch: member.epoch,
        offset: member.head,
        cursor: begin.from,
        recovered: begin.recovered,
      });
      // A session that was away when the topic got a new epoch still knows the old one.
      const isRenumbered = before.record !== undefined && before.record.epoch !== member.epoch;
      if (begin.reset || isRenumbered) tellReset(topics.client, topic, begin.from);
      const existing = topics.subscriptions.get(topic);
      if (existing?.closed) this.detach(topics, topic);
      else if (existing) {
        if (position) existing.reposition(Math.min(begin.from, existing.sent));
        else existing.pump();
        return member;
      }
      this.subscribe(topics, feed, startOf(member, begin.from, before));
      return member;
    } finally {
      this.hub.release(feed);
    }
  }

  private subscribe(topics: SessionTopics, feed: TopicFeed, start: SubscriptionStart): void {
    const subscription = new Subscription(topics, feed, this.observer, start);
    topics.subscriptions.set(feed.topic, subscription);
    feed.subscriptions.add(subscription);
    this.observer.opened();
    subscription.pump();
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

  /**
   * True if the entry that the client saw last is still at its offset; a failover may have replaced
   * it.
   */
  private async isSame(name: string, offset: number, base: number, lastId: string | undefined): Promise<boolean> {
    if (lastId === undefined || offset <= base) return true;
    const { from, entries } = await this.log.read(name, offset, 1, 1);
    const [entry] = entries;
    return from !== offset || entry === undefined || idOf(entry) === lastId;
  }
}

/** Reports that the old epoch is void; the remaining entries of the new one follow after `to`. */
function tellReset(client: SessionClient, topic: string, to: number): void {
  client.gap({ topic, from: Math.min(1, to), to, reason: 'reset' });
}

/**
 * Offsets of another epoch are meaningless here, although the topic may still hold some of the same
 * entries.
 */
function startOf(member: Membership, from: number, before: Before): SubscriptionStart {
  const record = before.record?.epoch === member.epoch ? before.record : undefined;
  const maybeSent = before.sent === 'nothing' ? 0 : member.head;
  return { member, from, maybeSent: record?.sent ?? maybeSent, attempts: record?.attempts ?? NO_ATTEMPTS };
}
