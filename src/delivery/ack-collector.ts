import { Injectable } from '@nestjs/common';
import { SocketSettings } from '../config/settings.js';
import { PostriderError } from '../contract/postrider-error.js';
import { EventLogger } from '../observability/event-logger.js';
import { Metrics } from '../observability/metrics.js';
import { TopicAcks } from '../topic/topic-acks.js';
import { partsOf } from '../topic/topic-namespaces.js';
import { AckShard } from './ack-shard.js';
import type { OnStored } from './collected-acks.js';
import type { Flight } from './in-flight.js';
import type { Subscription } from './subscription.js';
import type { TopicFeed } from './topic-feed.js';
import { UnstoredAcks } from './unstored-acks.js';

const RETRY_AFTER_MS = 1_000;

/**
 * Collects acks and stores them with one call for each shard. While a call is in progress, further
 * acks collect for the next one, and several acks of a subscription become one. While Redis is away
 * they are kept: one offset for each subscription, and up to `WS_MAX_UNSTORED_ACKS` selective acks
 * for each session.
 */
@Injectable()
export class AckCollector {
  private readonly shards = new Map<number, AckShard>();
  private readonly unstored: UnstoredAcks;
  private readonly logger = new EventLogger(AckCollector.name);

  constructor(
    { wsMaxUnstoredAcks }: SocketSettings,
    private readonly acks: TopicAcks,
    private readonly metrics: Metrics,
  ) {
    this.unstored = new UnstoredAcks(wsMaxUnstoredAcks);
    metrics.sampled('acks_waiting', 'Subscriptions with acks that are not stored yet', () => this.size);
    const help = 'Selective acks that are not stored yet';
    metrics.sampled('acks_waiting_offsets', help, () => this.unstored.total);
  }

  get size(): number {
    let size = 0;
    for (const { size: waiting } of this.shards.values()) size += waiting;
    return size;
  }

  /** @throws PostriderError `rate_limited` if a session has too many unstored selective acks. */
  requireRoom(session: string, offsets: number): void {
    if (this.unstored.hasRoom(session, offsets)) return;
    this.metrics.limited('acks').inc();
    throw new PostriderError('rate_limited', 'Too many acknowledgments wait to be stored. Retry later.', {
      field: 'offsets',
      retryAfterMs: RETRY_AFTER_MS,
    });
  }

  /** @param onStored receives the outcome once it is stored. */
  upTo(subscription: Subscription, offset: number, onStored?: OnStored): void {
    this.shard(subscription.feed).upTo(subscription, offset, onStored);
  }

  only(subscription: Subscription, offsets: readonly number[], onStored?: OnStored): void {
    this.shard(subscription.feed).only(subscription, offsets, onStored);
  }

  /** Moves the cursor over offsets that the client knows will never come. */
  pass(subscription: Subscription): void {
    this.shard(subscription.feed).upTo(subscription, undefined);
  }

  /** Records that a delivery was sent again. */
  resent(subscription: Subscription, flight: Flight): void {
    this.exhausted(subscription, flight);
    const { name, epoch } = subscription.feed;
    const { session } = subscription;
    const { offset, attempt } = flight;
    this.metrics.redelivered.inc();
    if (!this.logger.isEnabled('delivery_redelivered')) return;
    this.logger.event('delivery_redelivered', { ...partsOf(name), epoch, offset, session, attempt });
  }

  /** Records that the ack wait after the last attempt of a delivery is over. */
  exhausted({ feed, session }: Subscription, flight: Flight): void {
    const { offset, attempt, sentAtMs, sentAgainAtMs = sentAtMs } = flight;
    this.shard(feed).resent({ name: feed.name, session, offset, attempt, sentAtMs: sentAgainAtMs });
  }

  /** Resolves once everything collected so far is stored, or Redis has not accepted it. */
  async flush(): Promise<void> {
    await Promise.all([...this.shards.values()].map((shard) => shard.flushed()));
  }

  private shard({ partition }: TopicFeed): AckShard {
    const key = this.acks.shardOf(partition);
    let found = this.shards.get(key);
    if (!found) {
      found = new AckShard(this.acks, this.unstored);
      this.shards.set(key, found);
    }
    return found;
  }
}
