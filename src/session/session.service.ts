import { Injectable } from '@nestjs/common';
import { homeOf } from '../topic/notification.id.js';
import { TopicHints } from '../topic/topic.hints.js';
import { TopicMembers } from '../topic/topic.members.js';
import { qualified } from '../topic/topic.namespaces.js';
import { ALL_TOPIC, userTopic } from '../topic/topic.name.js';
import { NodeLease } from './node.lease.js';
import { type Resumed, SessionStore } from './session.store.js';

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
  async resume(id: string, user: string, app: string): Promise<Resumed | 'gone' | 'foreign'> {
    const outcome = await this.store.resume(id, user, app, this.lease.holder);
    if (typeof outcome === 'object') this.hints.session(homeOf(id), id, outcome.generation, 'taken');
    return outcome;
  }

  /** The lease had run out: takes a session back unless somebody else has had it since. @returns its generation now. */
  async reclaim(id: string, user: string, app: string, generation: number): Promise<number | undefined> {
    const outcome = await this.store.resume(id, user, app, this.lease.holder, generation);
    return typeof outcome === 'object' ? outcome.generation : undefined;
  }

  /** The socket is gone: what was sent is remembered, the session can be resumed until its deadline. */
  async suspend(id: string, generation: number, marks: ReadonlyMap<string, string>): Promise<void> {
    const suspended = await this.store.suspend(id, this.lease.holder, generation, marks);
    if (suspended) await this.takeOffline(id, this.lease.holder, suspended);
  }

  /** The node that held it is gone; what it had sent is unknown. */
  async reap(id: string, node: string): Promise<void> {
    const suspended = await this.store.suspend(id, node);
    if (suspended) await this.takeOffline(id, node, suspended);
  }

  /** Ends a session that is past its deadline. @returns whether it was. */
  async expire(id: string): Promise<boolean> {
    return this.finish(id);
  }

  /** Ends a session now, wherever it is. @returns false where the app has no such session. */
  async end(id: string, app: string): Promise<boolean> {
    return this.finish(id, app);
  }

  private async finish(id: string, app?: string): Promise<boolean> {
    const ended = await this.store.expire(id, app);
    if (!ended) return false;
    this.hints.session(homeOf(id), id, ended.generation + 1, 'ended');
    await Promise.all(ended.topics.map((topic) => this.members.leave(qualified(ended.app, topic), id)));
    await this.store.forget(id);
    return true;
  }

  private async takeOffline(id: string, node: string, { app, topics }: { app: string; topics: string[] }) {
    await Promise.all(topics.map((topic) => this.members.offline(qualified(app, topic), id, node)));
  }
}
