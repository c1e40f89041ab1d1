import { Injectable } from '@nestjs/common';
import type { Identity } from '../auth/authenticator.port.js';
import type { FrameId } from '../contract/client-frames.js';
import { retryWaitMs } from '../contract/retry-wait.js';
import { SessionOpener } from '../delivery/session-opener.js';
import type { SessionOwner, SessionTopics } from '../delivery/session-topics.js';
import { TopicJoiner } from '../delivery/topic-joiner.js';
import type { HeldSession } from '../session/held-session.js';
import type { Connection } from './connection.js';
import { ConnectionRegistry } from './connection-registry.js';
import { type Arrival, Greeter } from './greeter.js';
import { SessionSaver } from './session-saver.js';
import { takeOver } from './take-over.js';

const NO_RECORDS: ReadonlyMap<string, string> = new Map();

/** Gives sessions to connections and takes them away. */
@Injectable()
export class SessionBinder {
  constructor(
    private readonly sessions: SessionOpener,
    private readonly connections: ConnectionRegistry,
    private readonly joiner: TopicJoiner,
    private readonly saver: SessionSaver,
    private readonly greeter: Greeter,
  ) {}

  /**
   * Gives the connection a session, sends `welcome` and joins its topics.
   * @param wanted session to resume; a missing one is replaced by a new one.
   * @param id id of the `hello` that requested it.
   * @throws PostriderError if Redis is away.
   */
  async bind(connection: Connection, wanted: string | undefined, id?: FrameId): Promise<void> {
    const { identity } = connection;
    if (!identity) return;
    const current = connection.session;
    if (current && (wanted === undefined || wanted === current.id)) return this.greeter.welcome(connection, id);
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
    // A client that has given up may be connected elsewhere by now.
    if (!connection.isOpen) return;
    const owner = { user, app };
    const resumed = wanted === undefined ? 'gone' : await this.sessions.resume(wanted, owner, connection.askedAtMs);
    if (resumed === 'foreign') return connection.goodbye('foreign_session');
    if (resumed === 'overtaken') return connection.goodbye('overtaken', { retryAfterMs: retryWaitMs() });
    if (resumed === 'gone' || wanted === undefined) {
      return this.sessions.open(owner, (session, first) => this.start(connection, owner, session, { first }, id));
    }
    const session = { id: wanted, generation: resumed.generation, resumed: true };
    await this.start(connection, owner, session, { records: resumed.topics }, id);
  }

  private async start(
    connection: Connection,
    owner: SessionOwner,
    session: HeldSession,
    arrival: Arrival,
    id?: FrameId,
  ): Promise<void> {
    const { app } = owner;
    if (connection.topics) await this.discard(connection, connection.topics);
    const holder = this.connections.ofSession(session.id);
    if (holder && holder !== connection) takeOver(holder);
    // The client of the session is gone.
    if (!connection.isOpen)
      return this.saver.save(session.id, { app, generation: session.generation, records: NO_RECORDS });
    connection.bind(this.joiner.open(session, owner, connection));
    this.connections.bind(connection);
    await this.greeter.greet(connection, arrival, id);
  }

  /** Suspends the session of a closed socket, with a record of what may have been sent. */
  suspend(connection: Connection): void {
    const { topics } = connection;
    if (!topics) return;
    const records = this.joiner.close(topics);
    this.connections.unbind(connection);
    const { session, owner } = topics;
    this.saver.save(session.id, { app: owner.app, generation: session.generation, records });
  }

  /** Releases a session that belongs to another connection or has ended. */
  release(connection: Connection): void {
    if (connection.topics) this.joiner.close(connection.topics);
    this.connections.unbind(connection);
  }

  /** Ends a session whose connection then asked for another one; nobody else knows it. */
  private async discard(connection: Connection, topics: SessionTopics): Promise<void> {
    this.joiner.close(topics);
    this.connections.unbind(connection);
    await this.sessions.end(topics.session.id, topics.owner);
  }
}
