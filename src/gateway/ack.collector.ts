import { Injectable } from '@nestjs/common';
import { EventLog } from '../observability/event.log.js';
import { Metrics } from '../observability/metrics.js';
import { partitionOf } from '../redis/partition.js';
import { TopicAcks } from '../topic/topic.acks.js';
import { partsOf } from '../topic/topic.namespaces.js';
import { AckShard, type Collected, type Told, addOffsets } from './ack.shard.js';
import type { Subscription } from './subscription.js';

/**
 * Gathers acks and stores them with one call a shard. While a call is under way, further acks gather for the next; many
 * acks of one subscription become one. While Redis is away they are kept: bounded, as they are by subscription and window.
 */
@Injectable()
export class AckCollector {
  private readonly shards = new Map<number, AckShard>();
  private readonly logger = new EventLog(AckCollector.name);

  constructor(
    private readonly acks: TopicAcks,
    private readonly metrics: Metrics,
  ) {
    metrics.sampled('acks_waiting', 'Subscriptions whose acks are not stored yet', () => this.size);
  }

  get size(): number {
    let size = 0;
    for (const { size: waiting } of this.shards.values()) size += waiting;
    return size;
  }

  /** @param onStored told the outcome once Redis has it. */
  upTo(subscription: Subscription, offset: number, onStored?: Told): void {
    const item = this.item(subscription);
    item.upTo = Math.max(item.upTo ?? 0, offset);
    if (onStored) (item.waiting ??= []).push(onStored);
  }

  only(subscription: Subscription, offsets: readonly number[], onStored?: Told): void {
    const item = this.item(subscription);
    addOffsets(item, offsets);
    if (onStored) (item.waiting ??= []).push(onStored);
  }

  /** The session was told of offsets that will never come: its cursor moves over them. */
  pass(subscription: Subscription): void {
    this.item(subscription);
  }

  /** A delivery was sent again. */
  resent({ feed: { name, epoch }, session }: Subscription, offset: number, attempt: number): void {
    this.shard(name).resent({ name, offset, attempt });
    this.metrics.redelivered.inc();
    if (!this.logger.tells('delivery_redelivered')) return;
    this.logger.tell('delivery_redelivered', { ...partsOf(name), epoch, offset, session, attempt });
  }

  /** Resolves when everything gathered so far is stored, or Redis does not take it. */
  async flush(): Promise<void> {
    await Promise.all([...this.shards.values()].map((shard) => shard.flushed()));
  }

  private item({ feed, session }: Subscription): Collected {
    return this.shard(feed.name).item(feed, session);
  }

  private shard(name: string): AckShard {
    const key = this.acks.shardOf(partitionOf(name));
    let found = this.shards.get(key);
    if (!found) {
      found = new AckShard(this.acks);
      this.shards.set(key, found);
    }
    return found;
  }
}
