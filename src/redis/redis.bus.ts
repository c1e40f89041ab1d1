import { Injectable, Logger } from '@nestjs/common';
import { Cluster, type Redis } from 'ioredis';
import { onInterruption } from './interruption.js';
import { ALL_PARTITIONS, partitionPrefix } from './partition.js';
import type { RedisClient } from './redis.factory.js';

/**
 * Pub/sub: one channel, on Cluster one for each partition (sharded). Messages are hints: they may be lost, and whoever listens
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

  /** Messages of partitions with the same number may travel as one. */
  channelOf(partition: number): number {
    return this.publisher instanceof Cluster ? partition : 0;
  }

  /** @param channel as of `channelOf`. */
  publish(channel: number, message: string): void {
    const name = this.nameOf(channel);
    const sent =
      this.publisher instanceof Cluster
        ? this.publisher.spublish(name, message)
        : this.publisher.publish(name, message);
    sent.catch((error: unknown) => {
      this.logger.debug({ msg: 'A hint was not published', channel: name, error: String(error) });
    });
  }

  /**
   * Listens to everything.
   * @param onInterrupted called whenever a connection was lost and when it came back: hints sent meanwhile are lost.
   */
  async listen(receive: (message: string) => void, onInterrupted: () => void): Promise<void> {
    if (this.subscriber instanceof Cluster) {
      this.subscriber.on('smessage', (_, message: string) => receive(message));
      for (const partition of ALL_PARTITIONS) await this.subscriber.ssubscribe(this.nameOf(partition));
    } else {
      this.subscriber.on('message', (_, message: string) => receive(message));
      await (this.subscriber as Redis).subscribe(this.nameOf(0));
    }
    onInterruption(this.subscriber, onInterrupted);
  }

  private nameOf(channel: number): string {
    return `${partitionPrefix(this.keyPrefix, channel)}hints`;
  }
}
