import { Injectable } from '@nestjs/common';
import { SocketSettings } from '../config/settings.js';
import { PostriderError } from '../contract/postrider-error.js';
import { GuardQueue } from '../queue/guard-queue.js';
import { NodeLease } from '../session/node-lease.js';
import { SessionStore } from '../session/session-store.js';
import { type Membership, TopicMembers } from '../topic/topic-members.js';
import { qualified } from '../topic/topic-namespaces.js';
import type { SessionTopics } from './session-topics.js';

/**
 * Places of this node's sessions in topics, as stored in Redis: in the session's record and among
 * the topic's members.
 */
@Injectable()
export class TopicPlaces {
  constructor(
    private readonly settings: SocketSettings,
    private readonly members: TopicMembers,
    private readonly sessions: SessionStore,
    private readonly lease: NodeLease,
    private readonly guard: GuardQueue,
  ) {}

  /**
   * Writes a topic into the record of a session.
   * @throws PostriderError `too_many_subscriptions`, or `session_not_found` if another client has
   * the session.
   */
  async record(topics: SessionTopics, topic: string): Promise<void> {
    const { session, subscriptions } = topics;
    if (subscriptions.size + topics.pending >= this.settings.wsMaxSubscriptions) {
      throw new PostriderError(
        'too_many_subscriptions',
        `A session may have at most ${this.settings.wsMaxSubscriptions} topics. Unsubscribe from one first.`,
        { field: 'topic' },
      );
    }
    topics.pending++;
    try {
      const holder = await this.sessions.addTopic(session.id, topic, session.generation);
      if (!holder) throw new PostriderError('session_not_found', 'Another connection holds the session. Reconnect.');
    } finally {
      topics.pending--;
    }
  }

  /**
   * Makes a session a connected member of a topic, and sets the alarm of deliveries that waited for
   * somebody.
   */
  async take({ session, owner }: SessionTopics, name: string): Promise<Membership> {
    const member = await this.members.subscribe(name, session.id, owner.user, this.lease.holder);
    await this.guardParked(name, member);
    return member;
  }

  /** Sets the alarm of deliveries that waited for somebody. */
  guardParked(name: string, { wakeAtMs }: Membership): Promise<void> | undefined {
    return wakeAtMs === undefined ? undefined : this.guard.arm(wakeAtMs, [name]);
  }

  /** Removes the session from a topic for good. */
  async leave({ session, owner }: SessionTopics, topic: string): Promise<void> {
    await this.members.leave(qualified(owner.app, topic), session.id);
    await this.sessions.removeTopic(session.id, topic, session.generation);
  }
}
