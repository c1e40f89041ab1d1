import type { Script, ScriptArgument } from './script.js';
import type { PostriderError } from '../contract/postrider-error.js';
import { onInterruption } from './interruption.js';
import type { RedisClient } from './redis-factory.js';

import { ScriptShard, type ShardOptions } from './script-shard.js';

export interface LaneOptions extends ShardOptions {
  /** A pipeline on Redis Cluster stays within one slot, so each partition is a shard of its own. */
  readonly shardByPartition: boolean;
}

/** Call that may share a run, as `join` takes it. */
export interface Joining<Given> {
  readonly partition: number;
  readonly shared: readonly ScriptArgument[];
  readonly given: Given;
}

/** Script calls on one connection, in shards that do not wait for each other. */
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

  /** Number of calls that wait or are in progress. */
  get depth(): number {
    let depth = 0;
    for (const shard of this.shards.values()) depth += shard.depth;
    return depth;
  }

  /**
   * Replicas that a write waits for in the shard with the fewest; 0 if none are required or nothing
   * was written yet.
   */
  get confirmingReplicas(): number {
    const all = [...this.shards.values()].map(({ wanted }) => wanted);
    return all.length > 0 ? Math.min(...all) : 0;
  }

  /** True if confirms fall short on every shard in use. */
  get isShort(): boolean {
    return this.shards.size > 0 && [...this.shards.values()].every(({ isShort }) => isShort);
  }

  /** Makes every shard check its replicas, as it also does after a reconnect or a failed batch. */
  look(): void {
    for (const shard of this.shards.values()) shard.lookSoon();
  }

  /** @param listener as in `onInterruption`. */
  onInterruption(listener: () => void): void {
    onInterruption(this.client, listener);
  }

  /** True if one run of a script can serve all of these partitions. */
  reachesAll(partitions: readonly number[]): boolean {
    return !this.options.shardByPartition || partitions.every((partition) => partition === partitions[0]);
  }

  /** Shard of a partition: the partition itself on Cluster, one for all elsewhere. */
  shardOf(partition: number): number {
    return this.options.shardByPartition ? partition : 0;
  }

  /**
   * @param partitions partitions of one shard, whose prefixes are the keys of the script.
   * @throws PostriderError `redis_unavailable` or `unconfirmed`: it is then unknown whether the
   * script ran.
   */
  run<Given, Read>(script: Script<Given, Read>, partitions: number | readonly number[], given: Given): Promise<Read> {
    return this.call(script, partitions, given);
  }

  /**
   * Like `run`, for scripts that serve many calls in one run. Their arguments are the shared ones,
   * followed for each call by the positions of its prefixes among the keys, the number of its own
   * arguments, and these arguments. They return a list with one reply for each call.
   * @param shared the same array for all calls that may share a run.
   */
  join<Given, Read>(
    script: Script<Given, Read>,
    partitions: number | readonly number[],
    shared: readonly ScriptArgument[],
    given: Given,
  ): Promise<Read> {
    return this.call(script, partitions, given, shared);
  }

  private call<Given, Read>(
    script: Script<Given, Read>,
    where: number | readonly number[],
    given: Given,
    shared?: readonly ScriptArgument[],
  ): Promise<Read> {
    const partitions = typeof where === 'number' ? [where] : where;
    const args = script.write(given);
    return new Promise((resolve, reject) => {
      const read = (reply: unknown): void => resolve(script.read(reply));
      this.shard(partitions[0] ?? 0).add({ script, partitions, args, shared, resolve: read, reject });
    });
  }

  /**
   * Like `join`, for many calls at once, with one promise for all.
   * @returns for each call its reply, or the error as `join` throws it.
   */
  joinAll<Given, Read>(
    script: Script<Given, Read>,
    calls: readonly Joining<Given>[],
  ): Promise<(Read | PostriderError)[]> {
    if (calls.length === 0) return Promise.resolve([]);
    return new Promise((resolve) => {
      const outcomes: (Read | PostriderError)[] = [];
      let open = calls.length;
      const settle = (place: number, outcome: Read | PostriderError): void => {
        outcomes[place] = outcome;
        if (--open === 0) resolve(outcomes);
      };
      calls.forEach(({ partition, shared, given }, place) => {
        this.shard(partition).add({
          script,
          partitions: [partition],
          args: script.write(given),
          shared,
          resolve: (reply) => settle(place, script.read(reply)),
          reject: (error) => settle(place, error),
        });
      });
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
