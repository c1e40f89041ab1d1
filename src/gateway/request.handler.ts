import { Injectable } from '@nestjs/common';
import { instantOf } from '../auth/instant.js';
import { TopicAuthorizer } from '../auth/topic-authorizer.port.js';
import { PostriderError } from '../errors/postrider.error.js';
import { parse } from '../http/parse.js';
import { notificationBody } from '../notification/notification.schema.js';
import { NotificationService } from '../notification/notification.service.js';
import { TopicLog } from '../topic/topic.log.js';
import { qualified } from '../topic/topic.namespaces.js';
import { ALL_TOPIC, userTopic } from '../topic/topic.name.js';
import { readHello, readPublish, readRefresh, readSubscribe, readTopic } from './client.frames.js';
import type { Answer, Connection } from './connection.js';
import { ConnectionRegistry } from './connection.registry.js';
import type { FrameId } from './frame.codec.js';
import { SessionBinder } from './session.binder.js';
import { TokenGate } from './token.gate.js';
import { type Position, TopicJoiner } from './topic.joiner.js';

const MAX_PRESENCE = 1_000;

/** The requests of clients that need more than the state of their connection. */
@Injectable()
export class RequestHandler {
  constructor(
    private readonly tokens: TokenGate,
    private readonly authorizer: TopicAuthorizer,
    private readonly connections: ConnectionRegistry,
    private readonly binder: SessionBinder,
    private readonly joiner: TopicJoiner,
    private readonly notifications: NotificationService,
    private readonly log: TopicLog,
  ) {}

  /** @throws PostriderError `unauthorized` where there is no good token by now. */
  async hello(connection: Connection, data: unknown, answer: Answer, id?: FrameId): Promise<void> {
    const { token, session, window } = readHello(data);
    if (!connection.identity) {
      if (token === undefined) throw new PostriderError('unauthorized', 'hello must have a token.', { field: 'token' });
      const identity = await this.tokens.admit(token);
      this.connections.requireRoomFor(identity.app, identity.user);
      connection.identity = identity;
      this.connections.identified(connection);
    }
    if (window !== undefined) connection.window = window;
    // `welcome` goes by itself, so that nothing of the session can come before it; what was asked later waits for it here.
    await this.binder.bind(connection, session, id);
    answer();
  }

  /**
   * Opens the session of a connection that did not say `hello`, which is optional with a token in the handshake.
   * @throws PostriderError `unauthorized` where there was none.
   */
  async begin(connection: Connection): Promise<void> {
    identityOf(connection);
    await this.binder.bind(connection, undefined);
  }

  async subscribe(connection: Connection, data: unknown, answer: Answer, id?: FrameId): Promise<void> {
    const { topic, offset, epoch, lastId, rewind } = readSubscribe(data);
    await this.requireSubscribe(connection, topic);
    const position: Position | undefined =
      rewind !== undefined
        ? { rewind }
        : offset !== undefined && epoch !== undefined
          ? { offset, epoch, ...(lastId !== undefined && { lastId }) }
          : undefined;
    await this.joiner.join(connection, topic, position, (subscribed) => answer('subscribed', subscribed, id));
  }

  async unsubscribe(connection: Connection, data: unknown, answer: Answer, id?: FrameId): Promise<void> {
    const { topic } = readTopic(data);
    await this.joiner.leave(connection, topic);
    answer('unsubscribed', { topic, reason: 'requested' }, id);
  }

  async publish(connection: Connection, data: unknown, answer: Answer, id?: FrameId): Promise<void> {
    const { topic, type, data: content, key } = readPublish(data);
    const identity = identityOf(connection);
    if (!(await this.authorizer.canPublish(identity, topic))) {
      throw new PostriderError('forbidden', 'The token does not allow publishing to this topic.', { field: 'topic' });
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
    if (!connection.subscriptions.has(topic)) await this.requireSubscribe(connection, topic);
    const { live } = await this.log.info(qualified(app, topic), true);
    const users = new Set([...live.values()].map(({ user }) => user));
    const sessions = [...live.keys()].slice(0, MAX_PRESENCE);
    answer('presence', { topic, users: [...users].slice(0, MAX_PRESENCE), sessions }, id);
  }

  async refresh(connection: Connection, data: unknown, answer: Answer, id?: FrameId): Promise<void> {
    const { token } = readRefresh(data);
    const before = identityOf(connection);
    const identity = await this.tokens.admit(token);
    if (identity.user !== before.user || identity.app !== before.app) {
      answer();
      return connection.close({ code: 4503, reason: 'token of another user', reconnect: false, retryAfterMs: 0 });
    }
    connection.identity = identity;
    connection.judgedAtVersion = undefined;
    for (const topic of connection.subscriptions.keys()) {
      if (this.isOwn(connection, topic) || (await this.authorizer.canSubscribe(identity, topic))) continue;
      await this.joiner.leave(connection, topic);
      connection.send('unsubscribed', { topic, reason: 'forbidden' });
    }
    answer('refreshed', { expiresAt: instantOf(identity.expiresAtMs) }, id);
  }

  private isOwn({ identity, session }: Connection, topic: string): boolean {
    return topic === ALL_TOPIC || topic === userTopic(identity?.user ?? '') || topic === `session:${session?.id ?? ''}`;
  }

  private async requireSubscribe(connection: Connection, topic: string): Promise<void> {
    if (this.isOwn(connection, topic) || (await this.authorizer.canSubscribe(identityOf(connection), topic))) return;
    throw new PostriderError('forbidden', 'The token does not allow subscribing to this topic.', { field: 'topic' });
  }
}

function identityOf({ identity }: Connection) {
  if (identity) return identity;
  throw new PostriderError('unauthorized', 'The first frame must be hello with a token.');
}
