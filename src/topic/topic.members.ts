import { Inject, Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import { Metrics } from '../observability/metrics.js';
import { partitionOf } from '../redis/partition.js';
import { RedisLanes } from '../redis/redis.lanes.js';
import { TopicHints } from './topic.hints.js';
import { countEnds, endingLimits, endsOf, listOf, stringsOf } from './topic.limits.js';
import { newEpoch } from './topic.log.js';
import { topicScript } from './topic.script.js';

const SUBSCRIBE = topicScript('subscribe');
const OFFLINE = topicScript('offline');
const LEAVE = topicScript('leave');
const IDLE = topicScript('idle');

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

/** Which sessions belong to a topic and which of them are connected. */
@Injectable()
export class TopicMembers {
  private readonly limits: [number, number, number];

  constructor(
    @Inject(Config) config: Config,
    private readonly lanes: RedisLanes,
    private readonly hints: TopicHints,
    private readonly metrics: Metrics,
  ) {
    this.limits = endingLimits(config);
  }

  /**
   * Makes the session a member (it stays one if it is) and, with a node, connected there. The session record must name the
   * topic before, else a crash here would leave a member that nobody removes.
   */
  async subscribe(name: string, session: string, user: string, node?: string): Promise<Membership> {
    const args = [name, newEpoch(), session, node ?? '', user];
    const reply = listOf(await this.lanes.commit.run(SUBSCRIBE, partitionOf(name), args));
    const [epoch, base, head, cursor, start, wakeAt, ahead, headMark, members] = reply;
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
  }

  /** The session is no longer connected at this node; a no-op where another node has it by now. */
  async offline(name: string, session: string, node: string): Promise<void> {
    await this.lanes.commit.run(OFFLINE, partitionOf(name), [node, name, session]);
  }

  /** Sessions that belong to a topic and are not connected, no more than `most`. */
  async idle(name: string, most: number): Promise<string[]> {
    return stringsOf(await this.lanes.commit.run(IDLE, partitionOf(name), [name, most]));
  }

  /** The session leaves for good. Harmless when repeated. */
  async leave(name: string, session: string): Promise<void> {
    const reply = listOf(await this.lanes.commit.run(LEAVE, partitionOf(name), [name, session, ...this.limits]));
    const ended = endsOf(reply[1]);
    countEnds(this.metrics, ended);
    this.hints.ended(name, String(reply[0]), ended);
  }
}
