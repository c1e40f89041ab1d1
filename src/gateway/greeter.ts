import { Injectable } from '@nestjs/common';
import { instantOf } from '../auth/instant.js';
import { RedisClock } from '../clock/redis-clock.js';
import { Config } from '../config/config.js';
import type { FrameId } from '../contract/client-frames.js';
import type { FirstPlaces } from '../delivery/session-opener.js';
import { EventLogger } from '../observability/event-logger.js';
import { UNKNOWN_RECORD } from '../session/sent-record.js';
import { firstTopicsOf } from '../session/session.service.js';
import type { Connection } from './connection.js';
import { SessionLimit } from './session-limit.js';
import { TopicAccess } from './topic-access.js';

/** Knowledge about the topics of a session that a connection has got. */
export interface Arrival {
  /** Records of a resumed session, by topic. */
  readonly records?: ReadonlyMap<string, string>;
  /** Memberships that came with a new session. */
  readonly first?: FirstPlaces;
}

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

  /** Sends `welcome` and joins the topics of the session. */
  async greet(connection: Connection, { records, first }: Arrival, id?: FrameId): Promise<void> {
    const { topics } = connection;
    if (!topics) return;
    this.welcome(connection, id);
    const { session, owner } = topics;
    if (this.logger.isEnabled('connection_opened')) {
      this.logger.event('connection_opened', { ...connection.ids, resumed: session.resumed });
    }
    const given = firstTopicsOf(owner.user);
    const others = [...(records?.keys() ?? [])].filter((topic) => !given.includes(topic));
    const [own] = await Promise.all(
      [...given, ...others].map((topic) =>
        this.access.rejoin(connection, topic, records && (records.get(topic) ?? UNKNOWN_RECORD), { first }),
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
