import { Inject, Injectable } from '@nestjs/common';
import type { Identity } from '../auth/authenticator.port.js';
import { instantOf } from '../auth/instant.js';
import { TopicAuthorizer } from '../auth/topic-authorizer.port.js';
import { Config } from '../config/config.js';
import { retryWaitMs, spreadMs } from '../errors/retry.wait.js';
import { EventLog } from '../observability/event.log.js';
import { RedisClock } from '../redis/redis.clock.js';
import { UNKNOWN_MARK } from '../session/sent.mark.js';
import { SessionService } from '../session/session.service.js';
import type { Membership } from '../topic/topic.members.js';
import { ALL_TOPIC, sessionTopic, userTopic } from '../topic/topic.name.js';
import type { Connection, Goodbye, HeldSession } from './connection.js';
import { ConnectionRegistry } from './connection.registry.js';
import type { FrameId } from './frame.codec.js';
import { SessionLimit } from './session.limit.js';
import { TopicJoiner } from './topic.joiner.js';

const TAKEN: Goodbye = { code: 4409, reason: 'taken over by a newer connection', reconnect: false, retryAfterMs: 0 };
const ENDED: Goodbye = { code: 4500, reason: 'session ended', reconnect: false, retryAfterMs: 0 };
/** Nobody ended it: the record is not there any more, as after a failover that had not replicated it. */
const lost = (): Goodbye => ({
  code: 1012,
  reason: 'session lost: come back for a new one',
  reconnect: true,
  retryAfterMs: spreadMs(0, 2_000),
});
/** The client has another connection since it asked. */
const overtaken = (): Goodbye => ({ code: 1012, reason: 'try again', reconnect: true, retryAfterMs: retryWaitMs() });
const FOREIGN: Goodbye = { code: 4503, reason: 'session of another user', reconnect: false, retryAfterMs: 0 };

/** Session of a closed connection that is still to be suspended in Redis. */
interface Left {
  readonly app: string;
  readonly generation: number;
  readonly marks: ReadonlyMap<string, string>;
}

/** Ties connections to sessions: opens, resumes, takes over, suspends. */
@Injectable()
export class SessionBinder {
  /** Sessions whose suspension Redis has not taken yet. */
  private readonly unsaved = new Map<string, Left>();
  private underWay = 0;
  private readonly logger = new EventLog(SessionBinder.name);

  constructor(
    @Inject(Config) private readonly config: Config,
    private readonly sessions: SessionService,
    private readonly connections: ConnectionRegistry,
    private readonly joiner: TopicJoiner,
    private readonly authorizer: TopicAuthorizer,
    private readonly clock: RedisClock,
    private readonly limit: SessionLimit,
  ) {}

  /**
   * Gives the connection a session, tells `welcome`, joins its topics.
   * @param wanted session to resume; one that is gone is replaced by a new one.
   * @param id of the `hello` that asked for it.
   * @throws PostriderError when Redis is away.
   */
  async bind(connection: Connection, wanted: string | undefined, id?: FrameId): Promise<void> {
    const { identity } = connection;
    if (!identity) return;
    const current = connection.session;
    if (current && (wanted === undefined || wanted === current.id)) return this.welcome(connection, current, id);
    const arrived = this.connections.arrivals.begin();
    try {
      await this.arrive(connection, identity, wanted, id);
    } finally {
      arrived();
    }
  }

  private async arrive(
    connection: Connection,
    { user, app }: Identity,
    wanted: string | undefined,
    id?: FrameId,
  ): Promise<void> {
    // Whoever has given up may be connected elsewhere by now.
    if (connection.closed) return;
    const current = connection.session;
    const resumed = wanted === undefined ? 'gone' : await this.sessions.resume(wanted, user, app, connection.askedAtMs);
    if (resumed === 'foreign') return connection.close(FOREIGN);
    if (resumed === 'overtaken') return connection.close(overtaken());
    const session =
      resumed === 'gone' || wanted === undefined
        ? { id: await this.sessions.open(user, app), generation: 1, resumed: false }
        : { id: wanted, generation: resumed.generation, resumed: true };
    if (current) await this.discard(connection, current.id);
    connection.session = session;
    const before = this.connections.bind(session.id, connection);
    if (before) this.takeOver(before);
    if (connection.closed) return this.suspend(connection);
    this.welcome(connection, session, id);
    if (this.logger.tells('connection_opened')) {
      this.logger.tell('connection_opened', { ...connection.ids, resumed: session.resumed });
    }
    const marks = resumed === 'gone' ? new Map<string, string>() : resumed.topics;
    const first = [userTopic(user), ALL_TOPIC];
    const others = [...marks.keys()].filter((topic) => !first.includes(topic));
    const [own] = await Promise.all(
      [...first, ...others].map((topic) =>
        this.rejoin(connection, topic, marks.get(topic) ?? (resumed === 'gone' ? undefined : UNKNOWN_MARK)),
      ),
    );
    if (resumed === 'gone' && own) await this.limit.keep(user, app, own.members);
  }

  /** The socket is gone: the session can be resumed, what may have been sent is remembered. */
  suspend(connection: Connection): void {
    const marks = this.joiner.detachAll(connection);
    this.connections.unbind(connection);
    const { session, identity } = connection;
    if (!session || !identity || connection.released) return;
    connection.released = true;
    this.save(session.id, { app: identity.app, generation: session.generation, marks });
  }

  /** Tries again what Redis did not take, unless the session is back here by now: it would be taken offline. */
  retry(): void {
    for (const [id, left] of this.unsaved) {
      this.unsaved.delete(id);
      if (!this.connections.ofSession(id)) this.save(id, left);
    }
  }

  get saving(): number {
    return this.unsaved.size + this.underWay;
  }

  /** Another node holds the session now, or it was ended. */
  released(id: string, generation: number, why: 'taken' | 'ended'): void {
    const connection = this.connections.ofSession(id);
    if (!connection?.session || connection.session.generation >= generation) return;
    if (why === 'taken') this.takeOver(connection);
    else this.letGo(connection, ENDED);
  }

  /** Somebody addressed a session that this node holds by its own topic, which it joins only then. */
  async addressed(id: string): Promise<void> {
    const connection = this.connections.ofSession(id);
    const topic = sessionTopic(id);
    if (connection && !connection.subscriptions.has(topic)) await this.rejoin(connection, topic, undefined);
  }

  /** The lease had run out, so others may have suspended what is held here: takes back what nobody else has. */
  async reclaimAll(): Promise<void> {
    await Promise.all([...this.connections.held].map((connection) => this.reclaim(connection)));
  }

  /** The records do not say that it is held here, as after a reaper whose doing went unnoticed, while its connection is. */
  async reclaimHeld(id: string, generation: number): Promise<void> {
    const connection = this.connections.ofSession(id);
    if (connection?.session?.generation === generation) await this.reclaim(connection);
  }

  private async reclaim(connection: Connection): Promise<void> {
    const { session, identity } = connection;
    if (!session || !identity) return;
    const outcome = await this.sessions.reclaim(session.id, identity.user, identity.app, session.generation);
    if (outcome === 'taken') return this.takeOver(connection);
    if (outcome === 'ended') return this.letGo(connection, ENDED);
    if (outcome === 'lost') return this.letGo(connection, lost());
    const { generation, known } = outcome;
    if (connection.closed) {
      // What was known may be that of a newer connection.
      if (!known) this.save(session.id, { app: identity.app, generation, marks: new Map() });
      return;
    }
    session.generation = generation;
    await Promise.all(
      [...connection.subscriptions.keys()].map((topic) => this.rejoin(connection, topic, UNKNOWN_MARK, true)),
    );
  }

  private takeOver(connection: Connection): void {
    this.logger.tell('session_taken_over', connection.ids);
    this.letGo(connection, TAKEN);
  }

  private letGo(connection: Connection, goodbye: Goodbye): void {
    connection.released = true;
    this.joiner.detachAll(connection);
    this.connections.unbind(connection);
    connection.close(goodbye);
  }

  /** A session opened for a connection that then asked for another one: nobody else knows it. */
  private async discard(connection: Connection, id: string): Promise<void> {
    this.joiner.detachAll(connection);
    this.connections.unbind(connection);
    if (connection.identity) await this.sessions.end(id, connection.identity.app);
  }

  private async rejoin(
    connection: Connection,
    topic: string,
    mark: string | undefined,
    silent = false,
  ): Promise<Membership | undefined> {
    const { identity, session } = connection;
    if (!identity || !session) return undefined;
    const own = topic === ALL_TOPIC || topic === userTopic(identity.user) || topic === sessionTopic(session.id);
    if (!own && !(await this.authorizer.canSubscribe(identity, topic))) {
      connection.send('unsubscribed', { topic, reason: 'forbidden' });
      return undefined;
    }
    const tell = (subscribed: object): void => {
      if (!silent) connection.send('subscribed', subscribed);
    };
    return this.joiner.rejoin(connection, topic, mark, tell);
  }

  private welcome(connection: Connection, session: HeldSession, id?: FrameId): void {
    const { heartbeatMs, heartbeatTimeoutMs, sessionTtlMs, wsMaxFrameBytes, nodeId } = this.config;
    const welcome = {
      session: session.id,
      user: connection.identity?.user,
      serverTimeMs: this.clock.now(),
      ...(connection.identity && { expiresAt: instantOf(connection.identity.expiresAtMs) }),
      node: nodeId,
      resumed: session.resumed,
      heartbeatMs,
      timeoutMs: heartbeatTimeoutMs,
      sessionTtlMs,
      window: connection.window,
      maxFrameBytes: wsMaxFrameBytes,
    };
    connection.send('welcome', welcome, id);
  }

  private save(id: string, left: Left): void {
    this.underWay++;
    this.sessions
      .suspend(id, left.app, left.generation, left.marks)
      .catch((error: unknown) => {
        this.logger.debug({ msg: 'A session could not be suspended yet', error: String(error) });
        this.unsaved.set(id, left);
      })
      .finally(() => this.underWay--);
  }
}
