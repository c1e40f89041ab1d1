import { Injectable } from '@nestjs/common';
import { instantOf } from '../auth/instant.js';
import { RedisClock } from '../clock/redis-clock.js';
import { Config } from '../config/config.js';
import type { FrameId } from '../contract/client-frames.js';
import { ALL_TOPIC, userTopic } from '../contract/topic-name.js';
import { EventLogger } from '../observability/event-logger.js';
import { UNKNOWN_RECORD } from '../session/sent-record.js';
import type { Connection } from './connection.js';
import { SessionLimit } from './session-limit.js';
import { TopicAccess } from './topic-access.js';

/** Greets a connection that has got a session. */
@Injectable()
export class Greeter {
  private readonly logger = new EventLogger(Greeter.name);

  constructor(
    private readonly config: Config,
    private readonly clock: RedisClock,
    private readonly access: TopicAccess,
    private readonly limit: SessionLimit,
  ) {}

  /**
   * Sends `welcome` and joins the topics of the session.
   * @param records records of a resumed session, by topic.
   */
  async greet(connection: Connection, records: ReadonlyMap<string, string> | undefined, id?: FrameId): Promise<void> {
    const { topics } = connection;
    if (!topics) return;
    this.welcome(connection, id);
    const { session, owner } = topics;
    if (this.logger.isEnabled('connection_opened')) {
      this.logger.event('connection_opened', { ...connection.ids, resumed: session.resumed });
    }
    const first = [userTopic(owner.user), ALL_TOPIC];
    const others = [...(records?.keys() ?? [])].filter((topic) => !first.includes(topic));
    const [own] = await Promise.all(
      [...first, ...others].map((topic) =>
        this.access.rejoin(connection, topic, records && (records.get(topic) ?? UNKNOWN_RECORD)),
      ),
    );
    if (!records && own) await this.limit.keep(owner.user, owner.app, own.members);
  }

  /** @param id id of the `hello` that it answers. */
  welcome(connection: Connection, id?: FrameId): void {
    const { identity, session, window } = connection;
    if (!identity || !session) return;
    const { heartbeatMs, heartbeatTimeoutMs, sessionTtlMs, wsMaxFrameBytes, nodeId } = this.config;
    const welcome = {
      session: session.id,
      user: identity.user,
      serverTimeMs: this.clock.now(),
      expiresAt: instantOf(identity.expiresAtMs),
      node: nodeId,
      resumed: session.resumed,
      heartbeatMs,
      timeoutMs: heartbeatTimeoutMs,
      sessionTtlMs,
      window,
      maxFrameBytes: wsMaxFrameBytes,
    };
    connection.send('welcome', welcome, id);
  }
}
