import { Injectable } from '@nestjs/common';
import { spreadMs } from '../contract/retry-wait.js';
import { UNKNOWN_RECORD } from '../session/sent-record.js';
import { SessionService } from '../session/session.service.js';
import type { Connection } from './connection.js';
import { ConnectionRegistry } from './connection-registry.js';
import { SessionSaver } from './session-saver.js';
import { takeOver } from './take-over.js';
import { TopicAccess } from './topic-access.js';

const NO_RECORDS: ReadonlyMap<string, string> = new Map();
/** Spread of reconnects, since sessions are lost together. */
const LOST_SPREAD_MS = 2_000;

/**
 * Takes back sessions that this node holds although their records differ, unless another node has
 * them.
 */
@Injectable()
export class SessionReclaimer {
  constructor(
    private readonly sessions: SessionService,
    private readonly connections: ConnectionRegistry,
    private readonly saver: SessionSaver,
    private readonly access: TopicAccess,
  ) {}

  /** Reclaims all sessions after the lease had expired, since others may have suspended them. */
  async reclaimAll(): Promise<void> {
    await Promise.all([...this.connections.held].map((connection) => this.reclaim(connection)));
  }

  /**
   * Reclaims one session that has a connection here although its record differs, for example after
   * an unnoticed reap.
   */
  async reclaimHeld(id: string, generation: number): Promise<void> {
    const connection = this.connections.ofSession(id);
    if (connection?.session?.generation === generation) await this.reclaim(connection);
  }

  private async reclaim(connection: Connection): Promise<void> {
    const { topics } = connection;
    if (!topics) return;
    const { session, owner } = topics;
    const outcome = await this.sessions.reclaim(session.id, owner.user, owner.app, session.generation);
    if (outcome === 'taken') return takeOver(connection);
    if (outcome === 'ended') return connection.release('ended');
    // The record is missing, for example after a failover that had not replicated it.
    if (outcome === 'lost') return connection.release('session_lost', { retryAfterMs: spreadMs(0, LOST_SPREAD_MS) });
    const { generation, known } = outcome;
    if (!connection.isOpen) {
      // The caller's generation may belong to a newer connection.
      if (!known) this.saver.save(session.id, { app: owner.app, generation, records: NO_RECORDS });
      return;
    }
    session.generation = generation;
    const rejoined = [...topics.subscriptions.keys()].map((topic) =>
      this.access.rejoin(connection, topic, UNKNOWN_RECORD, { isSilent: true }),
    );
    await Promise.all(rejoined);
  }
}
