import { Inject, Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import { EventLog } from '../observability/event.log.js';
import { Metrics } from '../observability/metrics.js';
import { groupByPartition, partitionOf, placeIn } from '../redis/partition.js';
import { RedisLanes } from '../redis/redis.lanes.js';
import { TopicHints } from './topic.hints.js';
import { countEnds, endingLimits, endsOf, listOf } from './topic.limits.js';
import { partsOf } from './topic.namespaces.js';
import { topicScript } from './topic.script.js';

const ACK = topicScript('ack');
const NACK = topicScript('nack');
const ATTEMPT = topicScript('attempt');

const TOLD_SESSIONS = 20;

/** What sessions of a topic have acknowledged. */
export interface TopicAck {
  readonly name: string;
  readonly epoch: string;
  /** An entry of the log that the sessions were sent from, not behind any that they were sent: after a failover another may stand there. */
  readonly witness?: Seen;
  readonly sessions: readonly SessionAck[];
}

export interface SessionAck {
  readonly session: string;
  /** Everything up to this offset. */
  readonly upTo?: number;
  /** Just these offsets. */
  readonly offsets: Iterable<number> & { readonly size: number };
  /** Up to here it knows what will never come: its cursor moves over that. */
  readonly told: number;
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
  /** As of a `TopicAck`. */
  readonly witness?: Seen;
}

/** A delivery that a session was sent, or was sent for the last time and has not acknowledged in time. */
export interface Attempt {
  readonly name: string;
  readonly session: string;
  readonly offset: number;
  readonly attempt: number;
  /** How long ago. */
  readonly ageMs: number;
}

const OUTCOMES: Readonly<Record<number, AckOutcome>> = { [-1]: 'not_member', [-2]: 'above_head', [-3]: 'stale' };
const NONE: ReadonlyMap<number, AckOutcome> = new Map();

/** `again`: the gateway sends it once more; `dead`: this was the end of it; `done`: ended, refused or acknowledged before. */
export type NackOutcome = 'again' | 'dead' | 'done' | 'not_member' | 'above_head' | 'stale';

/** What sessions say of deliveries. Acks are facts: never fenced, and a lost one costs a duplicate only. */
@Injectable()
export class TopicAcks {
  private readonly limits: [number, number, number];
  private readonly logger = new EventLog(TopicAcks.name);

  constructor(
    @Inject(Config) private readonly config: Config,
    private readonly lanes: RedisLanes,
    private readonly hints: TopicHints,
    private readonly metrics: Metrics,
  ) {
    this.limits = endingLimits(config);
  }

  /** What may be stored in one call: topics whose partitions have the same number here. */
  shardOf(partition: number): number {
    return this.lanes.facts.shardOf(partition);
  }

  /**
   * Stores acks of topics of one shard in one call.
   * @returns for each topic the outcomes that are not `stored`, by the place of the session.
   */
  async ack(topics: readonly TopicAck[]): Promise<ReadonlyMap<number, AckOutcome>[]> {
    const partitions: number[] = [];
    const args: (string | number)[] = [...this.limits];
    for (const { name, epoch, witness, sessions } of topics) {
      args.push(
        placeIn(partitions, partitionOf(name)),
        name,
        epoch,
        witness?.offset ?? 0,
        witness?.mark ?? '',
        sessions.length,
      );
      for (const { session, upTo = 0, offsets, told } of sessions) {
        args.push(session, upTo || '', told > upTo ? told : '', offsets.size);
        for (const offset of offsets) args.push(offset);
      }
    }
    const replies = listOf(await this.lanes.facts.run(ACK, partitions, args));
    return topics.map(({ name, epoch, sessions }, index) => {
      const [finished, ends, refused] = listOf(replies[index]);
      const ended = endsOf(ends);
      countEnds(this.metrics, ended);
      if (Number(finished) > 0) {
        this.metrics.acked.inc(Number(finished));
        this.tell(name, epoch, Number(finished), sessions);
      }
      this.hints.ended(name, epoch, ended);
      return outcomesOf(listOf(refused));
    });
  }

  private tell(name: string, epoch: string, count: number, sessions: readonly SessionAck[]): void {
    if (!this.logger.tells('delivery_acknowledged')) return;
    const ids = sessions.slice(0, TOLD_SESSIONS).map(({ session }) => session);
    this.logger.tell('delivery_acknowledged', { ...partsOf(name), epoch, count, sessions: ids });
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
    countEnds(this.metrics, ended);
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
        return ended.some(({ reason }) => reason === 'dead') ? 'dead' : 'done';
    }
  }

  /** Records how often sessions were sent deliveries of one shard. */
  async attempted(attempts: readonly Attempt[]): Promise<void> {
    const byPartition = groupByPartition(attempts, ({ name }) => partitionOf(name));
    const calls = [...byPartition].map(async ([partition, some]) => {
      const args = some.flatMap(({ name, session, offset, attempt, ageMs }) => [name, session, offset, attempt, ageMs]);
      const replies = listOf(await this.lanes.facts.run(ATTEMPT, partition, [...this.limits, ...args]));
      some.forEach(({ name }, index) => {
        const [epoch, ends] = listOf(replies[index]);
        const ended = endsOf(ends);
        countEnds(this.metrics, ended);
        this.hints.ended(name, String(epoch), ended);
      });
    });
    await Promise.all(calls);
  }
}

/** Pairs of place, counted from 1, and code. */
function outcomesOf(pairs: readonly unknown[]): ReadonlyMap<number, AckOutcome> {
  if (pairs.length === 0) return NONE;
  const outcomes = new Map<number, AckOutcome>();
  for (let i = 0; i + 1 < pairs.length; i += 2) {
    outcomes.set(Number(pairs[i]) - 1, OUTCOMES[Number(pairs[i + 1])] ?? 'not_member');
  }
  return outcomes;
}
