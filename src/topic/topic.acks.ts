import { Inject, Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import { Metrics } from '../observability/metrics.js';
import { LuaScript } from '../redis/lua.script.js';
import { partitionOf } from '../redis/partition.js';
import { RedisLanes } from '../redis/redis.lanes.js';
import { TopicHints } from './topic.hints.js';
import { endingLimits, endsOf, listOf } from './topic.limits.js';

const script = (file: string): LuaScript => new LuaScript(import.meta.url, `./lua/${file}.lua`, './lua/lib.lua');
const ACK = script('ack');
const NACK = script('nack');
const ATTEMPT = script('attempt');

export interface Ack {
  readonly name: string;
  readonly epoch: string;
  readonly session: string;
  /** Everything up to this offset. */
  readonly upTo?: number;
  /** Just these offsets. With neither, the cursor only moves over what will never come. */
  readonly offsets: readonly number[];
  /** An entry of the log that the session was sent from, not behind any that it was sent: after a failover another may stand there. */
  readonly witness?: Seen;
}

/** An entry that was seen, by its mark. */
export interface Seen {
  readonly offset: number;
  readonly mark: string;
}

/** `stale`: the offsets are those of a numbering that a failover has ended. */
export type AckOutcome = 'stored' | 'not_member' | 'above_head' | 'stale';

export interface Nack {
  readonly name: string;
  readonly epoch: string;
  readonly session: string;
  readonly offset: number;
  readonly terminate: boolean;
  readonly reason: string;
  /** How often this session was sent it. */
  readonly attempt: number;
  /** As of an `Ack`. */
  readonly witness?: Seen;
}

/** `again`: the gateway sends it once more; `done`: ended, refused or acknowledged before. */
export type NackOutcome = 'again' | 'done' | 'not_member' | 'above_head' | 'stale';

/** What sessions say of deliveries. Acks are facts: never fenced, and a lost one costs a duplicate only. */
@Injectable()
export class TopicAcks {
  private readonly limits: [number, number, number];

  constructor(
    @Inject(Config) private readonly config: Config,
    private readonly lanes: RedisLanes,
    private readonly hints: TopicHints,
    private readonly metrics: Metrics,
  ) {
    this.limits = endingLimits(config);
  }

  /** Stores acks of topics of one partition in one call; an outcome for each. */
  async ack(partition: number, acks: readonly Ack[]): Promise<AckOutcome[]> {
    const args: (string | number)[] = [...this.limits];
    for (const { name, epoch, session, upTo, offsets, witness } of acks) {
      args.push(
        name,
        epoch,
        session,
        upTo ?? '',
        witness?.offset ?? 0,
        witness?.mark ?? '',
        offsets.length,
        ...offsets,
      );
    }
    const replies = listOf(await this.lanes.facts.run(ACK, partition, args));
    return acks.map(({ name, epoch }, index) => {
      const [cursor, finished, ends] = listOf(replies[index]);
      if (Number(cursor) === -1) return 'not_member';
      if (Number(cursor) === -2) return 'above_head';
      if (Number(cursor) === -3) return 'stale';
      const ended = endsOf(ends);
      if (ended.length > 0) this.metrics.dead('refused').inc(ended.length);
      if (Number(finished) > ended.length) this.metrics.acked.inc(Number(finished) - ended.length);
      this.hints.ended(name, epoch, ended);
      return 'stored';
    });
  }

  async nack(nack: Nack): Promise<NackOutcome> {
    const { name, epoch, session, offset, terminate, reason, attempt, witness } = nack;
    const args = [
      name,
      session,
      offset,
      terminate ? '1' : '',
      this.config.maxAttempts,
      reason,
      ...this.limits,
      attempt,
      witness?.offset ?? 0,
      witness?.mark ?? '',
    ];
    const [status, ends] = listOf(await this.lanes.facts.run(NACK, partitionOf(name), args));
    const ended = endsOf(ends);
    if (ended.length > 0) this.metrics.dead(terminate ? 'refused' : 'max_attempts').inc();
    this.hints.ended(name, epoch, ended);
    switch (Number(status)) {
      case 1:
        return 'again';
      case -1:
        return 'not_member';
      case -2:
        return 'above_head';
      case -3:
        return 'stale';
      default:
        return 'done';
    }
  }

  /** Records that deliveries of one partition were sent again. */
  async attempted(
    partition: number,
    sends: readonly { name: string; offset: number; attempt: number }[],
  ): Promise<void> {
    const args = sends.flatMap(({ name, offset, attempt }) => [name, offset, attempt]);
    await this.lanes.facts.run(ATTEMPT, partition, args);
  }
}
