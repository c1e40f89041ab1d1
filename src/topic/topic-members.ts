import { Injectable } from '@nestjs/common';
import { DeliverySettings } from '../config/settings.js';
import { newMark } from '../contract/notification-id.js';
import { partitionOf } from '../contract/partition.js';
import { RedisLanes } from '../redis/redis-lanes.js';
import { TopicEndings } from './topic-endings.js';
import { type EndingLimits, endingLimitsOf, endingsOf, limitArgs } from './ending.js';
import { listOf, nothing, stringsOf } from '../redis/reply.js';
import { scriptsOf } from '../redis/script.js';

/** Position of a member of a topic. */
export interface Membership {
  readonly epoch: string;
  readonly base: number;
  /** Confirmed head. */
  readonly head: number;
  /** Everything up to this offset is acknowledged. */
  readonly cursor: number;
  /** The session is a recipient of everything after this offset. */
  readonly start: number;
  /** Offsets acknowledged beyond the cursor. */
  readonly ahead: readonly number[];
  /** Mark of the entry at the head, '' if the log is empty. */
  readonly headMark: string;
  /** Number of sessions that belong to the topic. */
  readonly members: number;
  /** Time for which parked deliveries need a guard job. */
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
  membershipOf,
);

/** Parses what `subscribe` in lua/include/subscription.lua returns. */
export function membershipOf(reply: unknown): Membership {
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
}

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

/** Common arguments of all subscriptions, which makes them share runs. */
const NO_SHARED: readonly string[] = [];

/** Members of topics, and which of them are connected. */
@Injectable()
export class TopicMembers {
  private readonly limits: EndingLimits;

  constructor(
    settings: DeliverySettings,
    private readonly lanes: RedisLanes,
    private readonly endings: TopicEndings,
  ) {
    this.limits = endingLimitsOf(settings);
  }

  /**
   * Makes the session a member if it is none and, with a node, marks it as connected there. The
   * session record must name the topic first; otherwise a crash here would leave a member that
   * nobody removes.
   */
  async subscribe(name: string, session: string, user: string, node?: string): Promise<Membership> {
    const given = { name, epoch: newMark(), session, node: node ?? '', user };
    return this.lanes.commit.join(SUBSCRIBE, partitionOf(name), NO_SHARED, given);
  }

  /**
   * Marks the session as no longer connected at this node; no effect if another node has it by now.
   */
  async offline(name: string, session: string, node: string): Promise<void> {
    await this.lanes.commit.run(OFFLINE, partitionOf(name), { node, name, session });
  }

  /** Up to `most` sessions that belong to a topic and are not connected. */
  async idle(name: string, most: number): Promise<string[]> {
    return this.lanes.commit.run(IDLE, partitionOf(name), { name, most });
  }

  /** Removes the session from the topic for good. Harmless when repeated. */
  async leave(name: string, session: string): Promise<void> {
    const given = { name, session, limits: this.limits };
    this.endings.report(name, await this.lanes.commit.run(LEAVE, partitionOf(name), given));
  }
}
