import { Injectable } from '@nestjs/common';
import { homeOf } from '../contract/notification-id.js';
import { TopicHints } from '../topic/topic-hints.js';
import { TopicMembers } from '../topic/topic-members.js';
import { qualified } from '../topic/topic-namespaces.js';
import { ALL_TOPIC, userTopic } from '../contract/topic-name.js';
import { NodeLease } from './node-lease.js';
import { UNKNOWN_RECORD } from './sent-record.js';
import { type Held, type Resumed, SessionStore } from './session-store.js';

/** Sessions of one user of which the oldest are looked for. */
const LOOKED_AT = 1_000;

/** A session that its node has again. */
export interface Reclaimed {
  readonly generation: number;
  /** The records said so already. */
  readonly known: boolean;
}

/** Sessions and their places in topics: what has to happen in both, in the order that a crash can be mended from. */
@Injectable()
export class SessionService {
  constructor(
    private readonly store: SessionStore,
    private readonly members: TopicMembers,
    private readonly hints: TopicHints,
    private readonly lease: NodeLease,
  ) {}

  open(user: string, app: string): Promise<string> {
    return this.store.open(user, app, this.lease.holder, [userTopic(user), ALL_TOPIC]);
  }

  /** Resumes on this node; whoever held it before is told to let go. */
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

  /** Takes a session back that was suspended behind its node's back, unless somebody else has had it since. */
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
    // Another try of this node has taken it, one at the same time or one whose answer was lost; and it may be suspended again since.
    if (record.state === 'open') return { generation: record.generation, known: true };
    return this.reclaim(id, user, app, record.generation);
  }

  /** What the records say that this node holds, of one partition. */
  held(partition: number, settledMs: number): Promise<Map<string, Held>> {
    return this.store.held(partition, this.lease.holder, settledMs);
  }

  /** The records say that this node holds it, and nobody has it here: an answer was lost. */
  async abandon(id: string, generation: number): Promise<void> {
    const [record] = await this.store.find([id]);
    if (record?.node !== this.lease.holder || record.generation !== generation) return;
    await this.suspend(id, record.app, generation, new Map(record.topics.map((topic) => [topic, UNKNOWN_RECORD])));
  }

  /**
   * The socket is gone: what was sent is remembered, the session can be resumed until its deadline. It goes offline first: were
   * it suspended first, a failure between the two would leave it live in its topics, and attempts would be spent on nobody.
   * @param records text of a `SentRecord` by topic.
   */
  async suspend(id: string, app: string, generation: number, records: ReadonlyMap<string, string>): Promise<void> {
    const { holder } = this.lease;
    await this.takeOffline(id, holder, app, [...records.keys()]);
    const suspended = await this.store.suspend(id, holder, generation, records);
    const others = suspended?.topics.filter((topic) => !records.has(topic)) ?? [];
    await this.takeOffline(id, holder, app, others);
  }

  /** The node that held it is gone; what it had sent is unknown. */
  async reap(id: string, node: string): Promise<void> {
    const [record] = await this.store.find([id]);
    const held = record?.node === node ? record : undefined;
    if (held) await this.takeOffline(id, node, held.app, held.topics);
    await this.store.suspend(id, node, held?.generation);
  }

  /** Ends a session that is past its deadline. @returns whether it was. */
  async expire(id: string): Promise<boolean> {
    return this.finish(id);
  }

  /** Ends a session now, wherever it is. @returns false where the app has no such session. */
  async end(id: string, app: string): Promise<boolean> {
    return this.finish(id, app);
  }

  /** Ends those of a user's sessions that have waited longest to be resumed. @returns how many there were, up to `most`. */
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
