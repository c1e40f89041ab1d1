import { Injectable } from '@nestjs/common';
import { homeOf } from '../contract/notification-id.js';
import { TopicHints } from '../topic/topic-hints.js';
import { TopicMembers } from '../topic/topic-members.js';
import { qualified } from '../topic/topic-namespaces.js';
import { ALL_TOPIC, userTopic } from '../contract/topic-name.js';
import { NodeLease } from './node-lease.js';
import { UNKNOWN_RECORD } from './sent-record.js';
import type { Opened } from './open-script.js';
import { type Held, type Resumed, SessionStore } from './session-store.js';

/** Maximum sessions of one user searched for the oldest. */
const LOOKED_AT = 1_000;

/** Topics of every session: the user's own one, and `all`. */
export const firstTopicsOf = (user: string): readonly string[] => [userTopic(user), ALL_TOPIC];

/** Session that its node has again. */
export interface Reclaimed {
  readonly generation: number;
  /** True if the records already said so. */
  readonly known: boolean;
}

/**
 * Changes sessions together with their places in topics, in an order from which a crash can be
 * repaired.
 */
@Injectable()
export class SessionService {
  constructor(
    private readonly store: SessionStore,
    private readonly members: TopicMembers,
    private readonly hints: TopicHints,
    private readonly lease: NodeLease,
  ) {}

  /** Opens a session with its first topics. */
  open(user: string, app: string): Promise<Opened> {
    return this.store.open(user, app, this.lease.holder, firstTopicsOf(user));
  }

  /** Resumes on this node and tells the previous holder to let go. */
  async resume(
    id: string,
    user: string,
    app: string,
    askedAtMs?: number,
  ): Promise<Resumed | 'gone' | 'foreign' | 'overtaken'> {
    const outcome = await this.store.resume(id, user, app, this.lease.holder, { atMs: askedAtMs });
    if (typeof outcome === 'object') this.hints.session(homeOf(id), id, outcome.generation, 'taken');
    return outcome;
  }

  /**
   * Takes back a session that was suspended without this node's knowledge, unless somebody else has
   * held it since.
   */
  async reclaim(
    id: string,
    user: string,
    app: string,
    generation: number,
  ): Promise<Reclaimed | 'taken' | 'ended' | 'lost'> {
    const outcome = await this.store.resume(id, user, app, this.lease.holder, { generation });
    if (typeof outcome === 'object') return { generation: outcome.generation, known: false };
    const [record] = await this.store.find([id]);
    if (!record) return 'lost';
    if (record.state === 'expired') return 'ended';
    if (record.node !== this.lease.holder) return 'taken';
    // Another try of this node has taken it, concurrently or with a lost answer, and it may be
    // suspended again since.
    if (record.state === 'open') return { generation: record.generation, known: true };
    return this.reclaim(id, user, app, record.generation);
  }

  /** Sessions of one partition that this node holds according to the records. */
  held(partition: number, settledMs: number): Promise<Map<string, Held>> {
    return this.store.held(partition, this.lease.holder, settledMs);
  }

  /**
   * Releases a session that the records assign to this node though nobody has it here: an answer
   * was lost.
   */
  async abandon(id: string, generation: number): Promise<void> {
    const [record] = await this.store.find([id]);
    if (record?.node !== this.lease.holder || record.generation !== generation) return;
    await this.suspend(id, record.app, generation, new Map(record.topics.map((topic) => [topic, UNKNOWN_RECORD])));
  }

  /**
   * Suspends a session whose socket is gone, and stores what it was sent. It goes offline first: in
   * the other order, a failure in between would leave it live in its topics, and attempts would be
   * used up by nobody.
   * @param records text of a `SentRecord` by topic.
   */
  async suspend(id: string, app: string, generation: number, records: ReadonlyMap<string, string>): Promise<void> {
    const { holder } = this.lease;
    await this.takeOffline(id, holder, app, [...records.keys()]);
    const suspended = await this.store.suspend(id, holder, generation, records);
    const others = suspended?.topics.filter((topic) => !records.has(topic)) ?? [];
    await this.takeOffline(id, holder, app, others);
  }

  /** Suspends a session of a dead node; nobody knows what it was sent. */
  async reap(id: string, node: string): Promise<void> {
    const [record] = await this.store.find([id]);
    const held = record?.node === node ? record : undefined;
    if (held) await this.takeOffline(id, node, held.app, held.topics);
    await this.store.suspend(id, node, held?.generation);
  }

  /**
   * Ends a session that is past its deadline.
   * @returns true if it was.
   */
  async expire(id: string): Promise<boolean> {
    return this.finish(id);
  }

  /**
   * Ends a session now, wherever it is.
   * @returns false if the app has no such session.
   */
  async end(id: string, app: string): Promise<boolean> {
    return this.finish(id, app);
  }

  /**
   * Ends the sessions of a user that have been suspended longest.
   * @returns their number, up to `most`.
   */
  async endOldest(user: string, app: string, most: number): Promise<number> {
    const idle = await this.members.idle(qualified(app, userTopic(user)), LOOKED_AT);
    const since = [...(await this.store.suspendedSince(idle))].sort(([, a], [, b]) => a - b);
    const ended = await Promise.all(since.slice(0, most).map(([id, sinceMs]) => this.finish(id, app, sinceMs)));
    return ended.filter(Boolean).length;
  }

  private async finish(id: string, app?: string, suspendedAtMs?: number): Promise<boolean> {
    const ended = await this.store.expire(id, app, suspendedAtMs);
    if (!ended) return false;
    this.hints.session(homeOf(id), id, ended.generation + 1, 'ended');
    await Promise.all(ended.topics.map((topic) => this.members.leave(qualified(ended.app, topic), id)));
    await this.store.forget(id);
    return true;
  }

  private async takeOffline(id: string, node: string, app: string, topics: readonly string[]): Promise<void> {
    await Promise.all(topics.map((topic) => this.members.offline(qualified(app, topic), id, node)));
  }
}
