import { Injectable } from '@nestjs/common';
import { TopicAuthorizer } from '../auth/topic-authorizer.port.js';
import { type FrameId, readPublish, readSubscribe, readTopic } from '../contract/client-frames.js';
import { notificationBody } from '../contract/notification.schema.js';
import { parse } from '../contract/parse.js';
import { PostriderError } from '../contract/postrider-error.js';
import { type Position, TopicJoiner } from '../delivery/topic-joiner.js';
import { NotificationService } from '../publish/notification.service.js';
import { TopicLog } from '../topic/topic-log.js';
import { qualified } from '../topic/topic-namespaces.js';
import type { Answer } from './answer-queue.js';
import { type Connection, identityOf } from './connection.js';
import { TopicAccess } from './topic-access.js';

const MAX_PRESENCE = 1_000;

/** Requests about topics. */
@Injectable()
export class TopicRequests {
  constructor(
    private readonly access: TopicAccess,
    private readonly joiner: TopicJoiner,
    private readonly authorizer: TopicAuthorizer,
    private readonly notifications: NotificationService,
    private readonly log: TopicLog,
  ) {}

  async subscribe(connection: Connection, data: unknown, answer: Answer, id?: FrameId): Promise<void> {
    const { topic, ...wish } = readSubscribe(data);
    await this.access.require(connection, topic);
    const { topics } = connection;
    if (!topics) return;
    await this.joiner.join(topics, topic, positionOf(wish), (subscribed) => answer('subscribed', subscribed, id));
  }

  async unsubscribe({ topics }: Connection, data: unknown, answer: Answer, id?: FrameId): Promise<void> {
    const { topic } = readTopic(data);
    if (topics) await this.joiner.leave(topics, topic);
    answer('unsubscribed', { topic, reason: 'requested' }, id);
  }

  async publish(connection: Connection, data: unknown, answer: Answer, id?: FrameId): Promise<void> {
    const { topic, type, data: content, key } = readPublish(data);
    const identity = identityOf(connection);
    if (!(await this.authorizer.canPublish(identity, topic))) {
      throw new PostriderError('forbidden', 'The token does not allow publishing to this topic. Use one that does.', {
        field: 'topic',
      });
    }
    const body = parse(notificationBody, { to: { topic }, type, data: content });
    const publisher = { app: identity.app, name: `@${identity.user}` };
    const { result } = await this.notifications.accept(publisher, body, { key });
    const [target] = result.targets;
    answer('published', { id: result.id, topic, offset: target && 'offset' in target ? target.offset : 0 }, id);
  }

  async presence(connection: Connection, data: unknown, answer: Answer, id?: FrameId): Promise<void> {
    const { topic } = readTopic(data);
    const { app } = identityOf(connection);
    if (!connection.topics?.subscriptions.has(topic)) await this.access.require(connection, topic);
    const { live } = await this.log.info(qualified(app, topic), true);
    const users = new Set([...live.values()].map(({ user }) => user));
    const sessions = [...live.keys()].slice(0, MAX_PRESENCE);
    answer('presence', { topic, users: [...users].slice(0, MAX_PRESENCE), sessions }, id);
  }
}

function positionOf({
  offset,
  epoch,
  lastId,
  rewind,
}: Omit<ReturnType<typeof readSubscribe>, 'topic'>): Position | undefined {
  if (rewind !== undefined) return { rewind };
  if (offset === undefined || epoch === undefined) return undefined;
  return { offset, epoch, ...(lastId !== undefined && { lastId }) };
}
