import { Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import { Metrics } from '../observability/metrics.js';
import { newMark } from '../contract/notification-id.js';
import { partitionOf } from '../contract/partition.js';
import { RedisLanes } from '../redis/redis-lanes.js';
import { TopicHints } from './topic-hints.js';
import { type EndingLimits, countEnds, endingLimitsOf, endingsOf, limitArgs } from './ending.js';
import { listOf, nothing, stringsOf } from '../redis/reply.js';
import { scriptsOf } from '../redis/script.js';

/** Where a member of a topic stands. */
export interface Membership {
  readonly epoch: string;
  readonly base: number;
  /** Confirmed head at this moment. */
  readonly head: number;
  /** Everything up to here is acknowledged. */
  readonly cursor: number;
  /** It is a recipient of what comes after this offset. */
  readonly start: number;
  /** Acknowledged beyond the cursor. */
  readonly ahead: readonly number[];
  /** Mark of the entry at the head, '' where the log is empty. */
  readonly headMark: string;
  /** How many sessions belong to the topic. */
  readonly members: number;
  /** Set when deliveries that waited for somebody need a guard job for this time. */
  readonly wakeAtMs?: number;
}

const script = scriptsOf(import.meta.url);

const SUBSCRIBE = script(
  'subscribe',
  ({
    name,
    epoch,
    session,
    node,
    user,
  }: {
    name: string;
    epoch: string;
    session: string;
    node: string;
    user: string;
  }) => [name, epoch, session, node, user],
  (reply): Membership => {
    const [epoch, base, head, cursor, start, wakeAt, ahead, headMark, members] = listOf(reply);
    return {
      epoch: String(epoch),
      base: Number(base),
      head: Number(head),
      cursor: Number(cursor),
      start: Number(start),
      ahead: listOf(ahead).map(Number),
      headMark: String(headMark),
      members: Number(members),
      ...(wakeAt !== '' && { wakeAtMs: Number(wakeAt) }),
    };
  },
);

const OFFLINE = script(
  'offline',
  ({ node, name, session }: { node: string; name: string; session: string }) => [node, name, session],
  nothing,
);

const LEAVE = script(
  'leave',
  ({ name, session, limits }: { name: string; session: string; limits: EndingLimits }) => [
    name,
    session,
    ...limitArgs(limits),
  ],
  endingsOf,
);

const IDLE = script('idle', ({ name, most }: { name: string; most: number }) => [name, most], stringsOf);

/** Which sessions belong to a topic and which of them are connected. */
@Injectable()
export class TopicMembers {
  private readonly limits: EndingLimits;

  constructor(
    config: Config,
    private readonly lanes: RedisLanes,
    private readonly hints: TopicHints,
    private readonly metrics: Metrics,
  ) {
    this.limits = endingLimitsOf(config);
  }

  /**
   * Makes the session a member (it stays one if it is) and, with a node, connected there. The session record must name the
   * topic before, else a crash here would leave a member that nobody removes.
   */
  async subscribe(name: string, session: string, user: string, node?: string): Promise<Membership> {
    const given = { name, epoch: newMark(), session, node: node ?? '', user };
    return this.lanes.commit.run(SUBSCRIBE, partitionOf(name), given);
  }

  /** The session is no longer connected at this node; a no-op where another node has it by now. */
  async offline(name: string, session: string, node: string): Promise<void> {
    await this.lanes.commit.run(OFFLINE, partitionOf(name), { node, name, session });
  }

  /** Sessions that belong to a topic and are not connected, no more than `most`. */
  async idle(name: string, most: number): Promise<string[]> {
    return this.lanes.commit.run(IDLE, partitionOf(name), { name, most });
  }

  /** The session leaves for good. Harmless when repeated. */
  async leave(name: string, session: string): Promise<void> {
    const given = { name, session, limits: this.limits };
    const { epoch, ended } = await this.lanes.commit.run(LEAVE, partitionOf(name), given);
    countEnds(this.metrics, ended);
    this.hints.ended(name, epoch, ended);
  }
}
