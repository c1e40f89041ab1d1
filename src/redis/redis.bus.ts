import { Injectable, Logger } from '@nestjs/common';
import { Cluster, type Redis } from 'ioredis';
import { onInterruption } from './interruption.js';
import { PARTITIONS, partitionPrefix } from './partition.js';
import type { RedisClient } from './redis.factory.js';

export type BusListener = (partition: number, message: string) => void;

/**
 * Pub/sub with one channel a partition (sharded on Cluster). Messages are hints: they may be lost, and whoever listens
 * must be able to do without.
 */
@Injectable()
export class RedisBus {
  private readonly logger = new Logger(RedisBus.name);

  constructor(
    private readonly keyPrefix: string,
    private readonly publisher: RedisClient,
    private readonly subscriber: RedisClient,
  ) {}

  /** Whether hints can reach this node now, as far as it listens to any. */
  get healthy(): boolean {
    return this.subscriber.status === 'ready';
  }

  publish(partition: number, message: string): void {
    const channel = this.channel(partition);
    const sent =
      this.publisher instanceof Cluster
        ? this.publisher.spublish(channel, message)
        : this.publisher.publish(channel, message);
    sent.catch((error: unknown) => {
      this.logger.debug({ msg: 'A hint was not published', partition, error: String(error) });
    });
  }

  /**
   * Listens to every partition.
   * @param onInterrupted called whenever a connection was lost and when it came back: hints sent meanwhile are lost.
   */
  async listen(listener: BusListener, onInterrupted: () => void): Promise<void> {
    const partitions = new Map<string, number>();
    for (let partition = 0; partition < PARTITIONS; partition++) partitions.set(this.channel(partition), partition);
    const receive = (channel: string, message: string): void => {
      const partition = partitions.get(channel);
      if (partition !== undefined) listener(partition, message);
    };
    if (this.subscriber instanceof Cluster) {
      this.subscriber.on('smessage', receive);
      for (const channel of partitions.keys()) await this.subscriber.ssubscribe(channel);
    } else {
      this.subscriber.on('message', receive);
      await (this.subscriber as Redis).subscribe(...partitions.keys());
    }
    onInterruption(this.subscriber, onInterrupted);
  }

  private channel(partition: number): string {
    return `${partitionPrefix(this.keyPrefix, partition)}hints`;
  }
}
