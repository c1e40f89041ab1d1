import type { Script, ScriptArgument } from './script.js';
import { onInterruption } from './interruption.js';
import type { RedisClient } from './redis-factory.js';

import { ScriptShard, type ShardOptions } from './script-shard.js';

export interface LaneOptions extends ShardOptions {
  /** On Redis Cluster a pipeline stays within one slot, so each partition is a shard of its own. */
  readonly shardByPartition: boolean;
}

/** Script calls on one connection, by shards that do not wait for each other. */
export class ScriptLane {
  private readonly shards = new Map<number, ScriptShard>();

  constructor(
    private readonly client: RedisClient,
    private readonly options: LaneOptions,
  ) {
    client.on('ready', () => {
      for (const shard of this.shards.values()) shard.retry();
    });
  }

  /** How many calls wait or are under way. */
  get depth(): number {
    let depth = 0;
    for (const shard of this.shards.values()) depth += shard.depth;
    return depth;
  }

  /** Replicas that a write waits for, of the shard that has the fewest; 0 where none are asked for or nothing was written yet. */
  get confirmingReplicas(): number {
    const all = [...this.shards.values()].map(({ wanted }) => wanted);
    return all.length > 0 ? Math.min(...all) : 0;
  }

  /** Whether confirms come short on every shard that is in use. */
  get isShort(): boolean {
    return this.shards.size > 0 && [...this.shards.values()].every(({ isShort }) => isShort);
  }

  /** Has every shard look who follows, which it also does by itself when a connection is new or a batch has failed. */
  look(): void {
    for (const shard of this.shards.values()) shard.lookSoon();
  }

  /** @param listener as of `onInterruption`. */
  onInterruption(listener: () => void): void {
    onInterruption(this.client, listener);
  }

  /** What `partition` may share a run with: on Cluster nothing else, elsewhere everything. */
  shardOf(partition: number): number {
    return this.options.shardByPartition ? partition : 0;
  }

  /**
   * @param partitions whose prefixes are the keys of the script; all of one shard.
   * @throws PostriderError `redis_unavailable` or `unconfirmed`: whether the script ran is then unknown.
   */
  run<Given, Read>(script: Script<Given, Read>, partitions: number | readonly number[], given: Given): Promise<Read> {
    const all = typeof partitions === 'number' ? [partitions] : partitions;
    const args = script.write(given);
    return new Promise((resolve, reject) => {
      const read = (reply: unknown): void => resolve(script.read(reply));
      this.shard(all[0] ?? 0).add({ script, partitions: all, args, resolve: read, reject });
    });
  }

  /**
   * As `run`, of a script that takes many calls in one run: its arguments are the shared ones, then for each call the place of its prefix
   * among the keys, the number of its own arguments and those. It returns a list with the reply to each.
   * @param shared the same array for all calls that may run together.
   */
  join<Given, Read>(
    script: Script<Given, Read>,
    partition: number,
    shared: readonly ScriptArgument[],
    given: Given,
  ): Promise<Read> {
    const args = script.write(given);
    return new Promise((resolve, reject) => {
      const read = (reply: unknown): void => resolve(script.read(reply));
      this.shard(partition).add({ script, partitions: [partition], args, shared, resolve: read, reject });
    });
  }

  private shard(partition: number): ScriptShard {
    const key = this.shardOf(partition);
    let shard = this.shards.get(key);
    if (!shard) {
      shard = new ScriptShard(this.client, this.options, partition);
      this.shards.set(key, shard);
    }
    return shard;
  }
}
