import { Injectable } from '@nestjs/common';
import { TopicAuthorizer } from '../auth/topic-authorizer.port.js';
import { PostriderError } from '../contract/postrider-error.js';
import { isTopicOf } from '../contract/topic-name.js';
import type { Subscribed } from '../delivery/session-client.js';
import type { FirstPlaces } from '../delivery/session-opener.js';
import { TopicJoiner } from '../delivery/topic-joiner.js';
import type { Membership } from '../topic/topic-members.js';
import { type Connection, identityOf } from './connection.js';

/**
 * Decides which topics a connection may subscribe to: its own, and those that the authorizer
 * allows.
 */
@Injectable()
export class TopicAccess {
  constructor(
    private readonly authorizer: TopicAuthorizer,
    private readonly joiner: TopicJoiner,
  ) {}

  /** @throws PostriderError `forbidden`. */
  async require(connection: Connection, topic: string): Promise<void> {
    if (await this.allows(connection, topic)) return;
    throw new PostriderError('forbidden', 'The token does not allow subscribing to this topic. Use one that does.', {
      field: 'topic',
    });
  }

  /**
   * Continues a topic of a session, or reports that its token no longer allows it.
   * @param record text of a `SentRecord`; without it, nothing of the topic has been sent yet.
   * @param options `isSilent` leaves out `subscribed`; `first` has memberships that came with the
   * session.
   */
  async rejoin(
    connection: Connection,
    topic: string,
    record: string | undefined,
    { isSilent = false, first }: { isSilent?: boolean; first?: FirstPlaces | undefined } = {},
  ): Promise<Membership | undefined> {
    const { topics } = connection;
    if (!topics) return undefined;
    const allowed = this.allows(connection, topic);
    if (allowed !== true && !(await allowed)) {
      connection.send('unsubscribed', { topic, reason: 'forbidden' });
      return undefined;
    }
    const answer = (subscribed: Subscribed): void => {
      if (!isSilent) connection.subscribed(subscribed);
    };
    return this.joiner.rejoin(topics, topic, record, answer, first);
  }

  /** Unsubscribes from the topics that a new token does not allow. */
  async dropForbidden(connection: Connection): Promise<void> {
    const { topics } = connection;
    if (!topics) return;
    for (const topic of topics.subscriptions.keys()) {
      if (await this.allows(connection, topic)) continue;
      await this.joiner.leave(topics, topic);
      connection.send('unsubscribed', { topic, reason: 'forbidden' });
    }
  }

  private allows(connection: Connection, topic: string): boolean | Promise<boolean> {
    const identity = identityOf(connection);
    if (isTopicOf(topic, identity.user, connection.session?.id)) return true;
    return this.authorizer.canSubscribe(identity, topic);
  }
}
