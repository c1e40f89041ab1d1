import { Injectable } from '@nestjs/common';
import { DeliverySettings } from '../config/settings.js';
import { EventLogger } from '../observability/event-logger.js';
import { Metrics } from '../observability/metrics.js';
import { groupByPartition, partitionOf, placeIn } from '../contract/partition.js';
import { RedisLanes } from '../redis/redis-lanes.js';
import { TopicEndings } from './topic-endings.js';
import { type End, type EndingLimits, endingLimitsOf, endingsOf, endsOf, limitArgs } from './ending.js';
import { partsOf } from './topic-namespaces.js';
import { isOne, listOf } from '../redis/reply.js';
import { scriptsOf } from '../redis/script.js';
import { type AckOutcome, refusalOf } from './ack-status.js';

/** Maximum sessions that one log line names. */
const LOGGED_SESSIONS = 20;

/** Acks of sessions of one topic. */
export interface TopicAck {
  readonly name: string;
  readonly partition: number;
  readonly epoch: string;
  /**
   * Entry of the log from which the sessions were served, at most as new as their entries. After a
   * failover another entry may be there.
   */
  readonly landmark?: Landmark;
  readonly sessions: ReadonlyMap<string, SessionAck>;
}

/** Acks of one session. */
export interface SessionAck {
  /** Cumulative ack: everything up to this offset. */
  readonly upTo?: number;
  /** Selective acks. */
  readonly offsets?: ReadonlySet<number>;
  /** Offset up to which it knows what will never come; its cursor moves over that. */
  readonly settled: number;
}

/** Entry that was seen, identified by its mark. */
export interface Landmark {
  readonly offset: number;
  readonly mark: string;
}

export interface Nack {
  readonly name: string;
  readonly epoch: string;
  readonly session: string;
  readonly offset: number;
  readonly terminate: boolean;
  readonly reason: string;
  /** Number of attempts of this session. */
  readonly attempt: number;
  /** As in `TopicAck`. */
  readonly landmark?: Landmark;
}

/** Attempt of a delivery to a session, or the end of the ack wait after its last attempt. */
export interface Attempt {
  readonly name: string;
  readonly session: string;
  readonly offset: number;
  readonly attempt: number;
  /** Milliseconds since the attempt. */
  readonly ageMs: number;
}

const NONE: ReadonlyMap<number, AckOutcome> = new Map();
const NO_ENDS: readonly End[] = [];

/**
 * `again`: the gateway sends it once more; `dead`: it is dead-lettered; `done`: it has ended, or
 * was refused or acknowledged before.
 */
export type NackOutcome = 'again' | 'dead' | 'done' | Exclude<AckOutcome, 'stored'>;

const script = scriptsOf(import.meta.url);

const ACK = script(
  'ack',
  ({ limits, partitions, topics }: { limits: EndingLimits; partitions: number[]; topics: readonly TopicAck[] }) => {
    const args: (string | number)[] = [...limitArgs(limits)];
    for (const { name, partition, epoch, landmark, sessions } of topics) {
      args.push(
        placeIn(partitions, partition),
        name,
        epoch,
        landmark?.offset ?? 0,
        landmark?.mark ?? '',
        sessions.size,
      );
      for (const [session, { upTo = 0, offsets, settled }] of sessions) {
        args.push(session, upTo || '', settled > upTo ? settled : '', offsets?.size ?? 0);
        if (offsets) for (const offset of offsets) args.push(offset);
      }
    }
    return args;
  },
  (reply) =>
    listOf(reply).map((topic) => {
      if (typeof topic === 'number') return { finished: topic, ended: NO_ENDS, refused: NONE };
      const [finished, ends, refused] = listOf(topic);
      return { finished: Number(finished), ended: endsOf(ends), refused: outcomesOf(listOf(refused)) };
    }),
);

const NACK = script(
  'nack',
  ({ nack, maxAttempts, limits }: { nack: Nack; maxAttempts: number; limits: EndingLimits }) => [
    nack.name,
    nack.session,
    nack.offset,
    nack.terminate ? '1' : '',
    maxAttempts,
    nack.reason,
    ...limitArgs(limits),
    nack.attempt,
    nack.landmark?.offset ?? 0,
    nack.landmark?.mark ?? '',
  ],
  (reply): { outcome: NackOutcome; ended: readonly End[] } => {
    const [status, ends] = listOf(reply);
    const ended = endsOf(ends);
    if (isOne(status)) return { outcome: 'again', ended };
    const end = ended.some(({ reason }) => reason === 'dead') ? 'dead' : 'done';
    return { outcome: refusalOf(Number(status)) ?? end, ended };
  },
);

const ATTEMPT = script(
  'attempt',
  ({ limits, attempts }: { limits: EndingLimits; attempts: readonly Attempt[] }) => [
    ...limitArgs(limits),
    ...attempts.flatMap(({ name, session, offset, attempt, ageMs }) => [name, session, offset, attempt, ageMs]),
  ],
  (reply) => listOf(reply).map(endingsOf),
);

/**
 * Stores acks, nacks and attempts. Acks are facts: never fenced, and a lost one only costs a
 * duplicate.
 */
@Injectable()
export class TopicAcks {
  private readonly limits: EndingLimits;
  private readonly logger = new EventLogger(TopicAcks.name);

  constructor(
    private readonly settings: DeliverySettings,
    private readonly lanes: RedisLanes,
    private readonly endings: TopicEndings,
    private readonly metrics: Metrics,
  ) {
    this.limits = endingLimitsOf(settings);
  }

  /** Shard of a partition: topics with the same shard may be stored in one call. */
  shardOf(partition: number): number {
    return this.lanes.facts.shardOf(partition);
  }

  /**
   * Stores acks for topics of one shard in one call.
   * @returns for each topic the outcomes other than `stored`, by the position of the session.
   */
  async ack(topics: readonly TopicAck[]): Promise<ReadonlyMap<number, AckOutcome>[]> {
    const partitions: number[] = [];
    const replies = await this.lanes.facts.run(ACK, partitions, { limits: this.limits, partitions, topics });
    return topics.map(({ name, epoch, sessions }, index) => {
      const { finished = 0, ended = [], refused = NONE } = replies[index] ?? {};
      if (finished > 0) {
        this.metrics.acked.inc(finished);
        this.report(name, epoch, finished, sessions.keys());
      }
      this.endings.report(name, { epoch, ended });
      return refused;
    });
  }

  private report(name: string, epoch: string, count: number, sessions: Iterable<string>): void {
    if (!this.logger.isEnabled('delivery_acknowledged')) return;
    const ids = [...sessions].slice(0, LOGGED_SESSIONS);
    this.logger.event('delivery_acknowledged', { ...partsOf(name), epoch, count, sessions: ids });
  }

  async nack(nack: Nack): Promise<NackOutcome> {
    const given = { nack, maxAttempts: this.settings.maxAttempts, limits: this.limits };
    const { outcome, ended } = await this.lanes.facts.run(NACK, partitionOf(nack.name), given);
    this.endings.report(nack.name, { epoch: nack.epoch, ended });
    return outcome;
  }

  /** Records attempts of sessions for deliveries of one shard. */
  async attempted(attempts: readonly Attempt[]): Promise<void> {
    const byPartition = groupByPartition(attempts, ({ name }) => partitionOf(name));
    const calls = [...byPartition].map(async ([partition, some]) => {
      const given = { limits: this.limits, attempts: some };
      this.endings.reportAll(some, await this.lanes.facts.run(ATTEMPT, partition, given));
    });
    await Promise.all(calls);
  }
}

/** Parses pairs of position (from 1) and code. */
function outcomesOf(pairs: readonly unknown[]): ReadonlyMap<number, AckOutcome> {
  if (pairs.length === 0) return NONE;
  const outcomes = new Map<number, AckOutcome>();
  for (let i = 0; i + 1 < pairs.length; i += 2) {
    outcomes.set(Number(pairs[i]) - 1, refusalOf(Number(pairs[i + 1])) ?? 'not_member');
  }
  return outcomes;
}
