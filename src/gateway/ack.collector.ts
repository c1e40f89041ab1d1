import { Injectable, Logger } from '@nestjs/common';
import { Metrics } from '../observability/metrics.js';
import { partitionOf } from '../redis/partition.js';
import { type Ack, type AckOutcome, type Seen, TopicAcks } from '../topic/topic.acks.js';
import type { Subscription } from './subscription.js';
import type { TopicFeed } from './topic.feed.js';

interface Collected {
  readonly feed: TopicFeed;
  readonly epoch: string;
  readonly session: string;
  upTo?: number;
  /** What its topic had been seen to hold when the newest of them came. */
  witness?: Seen;
  readonly offsets: Set<number>;
  readonly waiting: ((outcome: AckOutcome) => void)[];
}

const RETRY_MS = 500;
const MAX_ITEMS = 500;

/**
 * Gathers acks and stores them with one call a partition. While a call is under way, further acks gather for the next; many
 * acks of one subscription become one. While Redis is away they are kept: bounded, as they are by subscription and window.
 */
@Injectable()
export class AckCollector {
  private readonly partitions = new Map<number, PartitionAcks>();

  constructor(
    private readonly acks: TopicAcks,
    private readonly metrics: Metrics,
  ) {
    metrics.sampled('acks_waiting', 'Subscriptions whose acks are not stored yet', () => this.size);
  }

  get size(): number {
    let size = 0;
    for (const { size: waiting } of this.partitions.values()) size += waiting;
    return size;
  }

  /** @param onStored told the outcome once Redis has it. */
  upTo(subscription: Subscription, offset: number, onStored?: (outcome: AckOutcome) => void): void {
    const item = this.partition(subscription).item(subscription);
    item.upTo = Math.max(item.upTo ?? 0, offset);
    if (onStored) item.waiting.push(onStored);
  }

  only(subscription: Subscription, offsets: readonly number[], onStored?: (outcome: AckOutcome) => void): void {
    const item = this.partition(subscription).item(subscription);
    for (const offset of offsets) item.offsets.add(offset);
    if (onStored) item.waiting.push(onStored);
  }

  /** The session was told of offsets that will never come: its cursor moves over them. */
  pass(subscription: Subscription): void {
    this.partition(subscription).item(subscription);
  }

  /** A delivery was sent again. */
  resent(name: string, offset: number, attempt: number): void {
    const partition = partitionOf(name);
    this.byPartition(partition).resent(name, offset, attempt);
    this.metrics.redelivered.inc();
  }

  /** Resolves when everything gathered so far is stored, or Redis does not take it. */
  async flush(): Promise<void> {
    await Promise.all([...this.partitions.values()].map((partition) => partition.flushed()));
  }

  private partition({ feed }: Subscription): PartitionAcks {
    return this.byPartition(partitionOf(feed.name));
  }

  private byPartition(partition: number): PartitionAcks {
    let found = this.partitions.get(partition);
    if (!found) {
      found = new PartitionAcks(partition, this.acks);
      this.partitions.set(partition, found);
    }
    return found;
  }
}

class PartitionAcks {
  private items = new Map<string, Collected>();
  private sends: { name: string; offset: number; attempt: number }[] = [];
  private running?: Promise<void>;
  private readonly logger = new Logger(AckCollector.name);

  constructor(
    private readonly partition: number,
    private readonly acks: TopicAcks,
  ) {}

  get size(): number {
    return this.items.size;
  }

  item({ feed, session }: Subscription): Collected {
    // Acks of two numberings are never joined.
    const key = `${session} ${feed.epoch} ${feed.name}`;
    let item = this.items.get(key);
    if (!item) {
      item = { feed, epoch: feed.epoch, session, offsets: new Set(), waiting: [] };
      this.items.set(key, item);
    }
    item.witness = newerOf(item.witness, feed.anchor);
    this.run();
    return item;
  }

  resent(name: string, offset: number, attempt: number): void {
    this.sends.push({ name, offset, attempt });
    this.run();
  }

  async flushed(): Promise<void> {
    await this.running;
  }

  private run(): void {
    // A turn of the event loop gathers what arrives together.
    this.running ??= new Promise<void>((resolve) => setImmediate(resolve))
      .then(() => this.drain())
      .finally(() => {
        this.running = undefined;
        if (this.items.size > 0 || this.sends.length > 0) setTimeout(() => this.run(), RETRY_MS);
      });
  }

  private async drain(): Promise<void> {
    while (this.items.size > 0 || this.sends.length > 0) {
      const batch = [...this.items].slice(0, MAX_ITEMS);
      const sends = this.sends.splice(0, MAX_ITEMS);
      for (const [key] of batch) this.items.delete(key);
      try {
        await this.store(
          batch.map(([, item]) => item),
          sends,
        );
      } catch (error) {
        this.logger.debug({ msg: 'Acks wait for Redis', acks: batch.length, error: String(error) });
        for (const [key, item] of batch) this.keep(key, item);
        return;
      }
    }
  }

  private async store(items: Collected[], sends: { name: string; offset: number; attempt: number }[]): Promise<void> {
    if (sends.length > 0) await this.acks.attempted(this.partition, sends);
    if (items.length === 0) return;
    const acks = items.map(({ feed, epoch, session, upTo, witness, offsets }): Ack => ({
      name: feed.name,
      epoch,
      session,
      ...(upTo !== undefined && { upTo }),
      ...(witness && { witness }),
      offsets: [...offsets],
    }));
    const outcomes = await this.acks.ack(this.partition, acks);
    items.forEach(({ feed, waiting }, index) => {
      const outcome = outcomes[index] ?? 'not_member';
      if (outcome === 'stale' || outcome === 'above_head') feed.suspect();
      for (const told of waiting) told(outcome);
    });
  }

  /** Puts acks back that Redis did not take; what came meanwhile is joined with them. */
  private keep(key: string, item: Collected): void {
    const newer = this.items.get(key);
    if (newer) {
      if (newer.upTo !== undefined) item.upTo = Math.max(item.upTo ?? 0, newer.upTo);
      for (const offset of newer.offsets) item.offsets.add(offset);
      item.witness = newerOf(item.witness, newer.witness);
      item.waiting.push(...newer.waiting);
    }
    this.items.set(key, item);
  }
}

const newerOf = (a: Seen | undefined, b: Seen | undefined): Seen | undefined =>
  (b?.offset ?? 0) > (a?.offset ?? 0) ? b : a;
