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
/** Sessions that are lost are lost together. */
const LOST_SPREAD_MS = 2_000;

/** Takes sessions back that this node holds and whose records say otherwise, unless somebody else has them. */
@Injectable()
export class SessionReclaimer {
  constructor(
    private readonly sessions: SessionService,
    private readonly connections: ConnectionRegistry,
    private readonly saver: SessionSaver,
    private readonly access: TopicAccess,
  ) {}

  /** The lease had run out, so others may have suspended what is held here. */
  async reclaimAll(): Promise<void> {
    await Promise.all([...this.connections.held].map((connection) => this.reclaim(connection)));
  }

  /** The record does not say that it is held here, as after a reaper whose doing went unnoticed, while its connection is. */
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
    // Nobody ended it: the record is not there any more, as after a failover that had not replicated it.
    if (outcome === 'lost') return connection.release('session_lost', { retryAfterMs: spreadMs(0, LOST_SPREAD_MS) });
    const { generation, known } = outcome;
    if (!connection.isOpen) {
      // What was known may be that of a newer connection.
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
