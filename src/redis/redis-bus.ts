import { Injectable, Logger } from '@nestjs/common';
import { Cluster } from 'ioredis';
import { onInterruption } from './interruption.js';
import { ALL_PARTITIONS, partitionOf, partitionPrefix } from '../contract/partition.js';
import type { RedisClient } from './redis-factory.js';
import { isRefusal, reasonOf } from './redis-reason.js';
import type { RedisRefusals } from './redis-refusals.js';

/** Wait before a refused subscription is retried. */
const RETRY_MS = 1_000;

/**
 * Pub/sub on one channel for all nodes and one for each node, or on Cluster on as many sharded
 * channels for each partition. Messages are hints: they may be lost, and listeners must work
 * without them.
 */
@Injectable()
export class RedisBus {
  private readonly logger = new Logger(RedisBus.name);
  /** Redis's own words when it refuses the subscription; empty otherwise. */
  refusal = '';
  private node = '';

  constructor(
    private readonly keyPrefix: string,
    private readonly publisher: RedisClient,
    private readonly subscriber: RedisClient,
    private readonly refusals: RedisRefusals,
  ) {}

  /** True if this node can receive hints, or does not listen to any. */
  get healthy(): boolean {
    return this.subscriber.status === 'ready' && this.refusal === '';
  }

  /**
   * Channel of a partition. Messages of one channel may travel as one.
   * @param home the partition, or a name in it.
   * @param node the only node that receives them, '' for all.
   */
  channelOf(home: number | string, node: string): string {
    const isSharded = this.publisher instanceof Cluster;
    const partition = isSharded ? (typeof home === 'string' ? partitionOf(home) : home) : 0;
    const prefix = partitionPrefix(this.keyPrefix, partition);
    return node === '' ? `${prefix}hints` : `${prefix}hints:${node}`;
  }

  /** @param name channel as returned by `channelOf`. */
  publish(name: string, message: string): void {
    const sent =
      this.publisher instanceof Cluster
        ? this.publisher.spublish(name, message)
        : this.publisher.publish(name, message);
    sent.catch((error: unknown) => {
      this.noteRefusal(error);
      this.logger.debug({ msg: 'Could not publish a hint', channel: name, error: String(error) });
    });
  }

  /**
   * Listens on the channels for all nodes and on those of this one.
   * @param onInterrupted called when a connection was lost and when it is back: hints in between
   * are lost.
   */
  async listen(node: string, receive: (message: string) => void, onInterrupted: () => void): Promise<void> {
    this.node = node;
    const isCluster = this.subscriber instanceof Cluster;
    if (isCluster) this.subscriber.on('smessage', (_, message: string) => receive(message));
    else this.subscriber.on('message', (_, message: string) => receive(message));
    await this.subscribe();
    onInterruption(this.subscriber, onInterrupted);
    this.subscriber.on(isCluster ? 'subscribersReady' : 'ready', () => void this.subscribeAgain(onInterrupted));
  }

  private async subscribe(): Promise<void> {
    const { subscriber } = this;
    const names = (partition: number): string[] => ['', this.node].map((node) => this.channelOf(partition, node));
    if (!(subscriber instanceof Cluster)) await subscriber.subscribe(...names(0));
    else for (const partition of ALL_PARTITIONS) await subscriber.ssubscribe(...names(partition));
  }

  /** A connection that breaks once more leads to another try. */
  private async subscribeAgain(onInterrupted: () => void): Promise<void> {
    try {
      await this.subscribe();
      this.refusal = '';
      onInterrupted();
    } catch (error) {
      const refusal = this.noteRefusal(error);
      if (refusal === '') return;
      this.refusal = refusal;
      setTimeout(() => {
        if (this.refusal !== '') void this.subscribeAgain(onInterrupted);
      }, RETRY_MS).unref();
    }
  }

  private noteRefusal(error: unknown): string {
    if (!(error instanceof Error && isRefusal(error))) return '';
    const { text } = reasonOf(error);
    this.refusals.note(text);
    return text;
  }
}
