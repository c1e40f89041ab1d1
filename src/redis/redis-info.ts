import { Injectable } from '@nestjs/common';
import { Cluster, type Redis } from 'ioredis';
import { RedisFactory } from './redis-factory.js';
import { RedisLanes } from './redis-lanes.js';
import { isReply } from './redis-reason.js';
import { fieldsOf, PRIMARY_SECTIONS, primaryOf, type RedisPrimary } from './redis-primary.js';

/** State of Redis; for a Cluster, all primaries together. */
export interface RedisVitals {
  readonly mode: 'standalone' | 'sentinel' | 'cluster';
  readonly version: string;
  readonly usedBytes: number;
  /** 0 if Redis has no limit of its own. */
  readonly maxBytes: number;
  readonly clients: number;
  readonly commandsPerSecond: number;
  readonly role: string;
  readonly connectedReplicas: number;
  /** True if every node writes an append-only file. */
  readonly aof: boolean;
  readonly evictionPolicy: string;
  /** Fraction of reads that found their key, 0 to 1; missing before the first read. */
  readonly hitRate?: number;
}

/** Reads `INFO`. */
@Injectable()
export class RedisInfo {
  constructor(
    private readonly factory: RedisFactory,
    private readonly lanes: RedisLanes,
  ) {}

  async read(): Promise<RedisVitals> {
    const all = (await Promise.all(this.primaries.map((node) => node.info()))).map(fieldsOf);
    const [first = new Map<string, string>()] = all;
    const sum = (field: string): number => all.reduce((total, info) => total + Number(info.get(field) ?? 0), 0);
    const hits = sum('keyspace_hits');
    const reads = hits + sum('keyspace_misses');
    return {
      mode: this.factory.target.mode,
      version: first.get('valkey_version') ?? first.get('redis_version') ?? '',
      usedBytes: sum('used_memory'),
      maxBytes: sum('maxmemory'),
      clients: sum('connected_clients'),
      commandsPerSecond: sum('instantaneous_ops_per_sec'),
      role: first.get('role') ?? '',
      connectedReplicas: sum('connected_slaves'),
      aof: all.every((info) => info.get('aof_enabled') === '1'),
      evictionPolicy: first.get('maxmemory_policy') ?? '',
      ...(reads > 0 && { hitRate: hits / reads }),
    };
  }

  /** State of each primary on its own, since in a Cluster some may answer and others not. */
  nodes(): Promise<RedisPrimary>[] {
    return this.primaries.map(async (node) => primaryOf(await node.info(...PRIMARY_SECTIONS)));
  }

  /**
   * True if a primary answers at all, even with a refusal. The primaries of a Cluster that answer
   * can still serve their topics.
   */
  async answers(): Promise<boolean> {
    const pings = this.primaries.map((node) =>
      node.ping().catch((error: unknown) => {
        if (!isReply(error)) throw error;
      }),
    );
    return Promise.any(pings).then(
      () => true,
      () => false,
    );
  }

  private get primaries(): Redis[] {
    const { client } = this.lanes;
    return client instanceof Cluster ? client.nodes('master') : [client];
  }
}
