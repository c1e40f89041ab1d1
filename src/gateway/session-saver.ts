import { Injectable, Logger } from '@nestjs/common';
import { SessionService } from '../session/session.service.js';
import { ConnectionRegistry } from './connection-registry.js';

/** Session whose client is gone. */
interface LeftSession {
  readonly app: string;
  readonly generation: number;
  /** Text of a `SentRecord` by topic. */
  readonly records: ReadonlyMap<string, string>;
}

/** Suspends sessions whose clients are gone, and keeps those that Redis has not accepted yet. */
@Injectable()
export class SessionSaver {
  private readonly unsaved = new Map<string, LeftSession>();
  private underWay = 0;
  private readonly logger = new Logger(SessionSaver.name);

  constructor(
    private readonly sessions: SessionService,
    private readonly connections: ConnectionRegistry,
  ) {}

  /** Number of sessions that are not stored yet. */
  get size(): number {
    return this.unsaved.size + this.underWay;
  }

  save(id: string, left: LeftSession): void {
    this.underWay++;
    this.sessions
      .suspend(id, left.app, left.generation, left.records)
      .catch((error: unknown) => {
        this.logger.debug({ msg: 'Could not suspend a session yet', error: String(error) });
        this.unsaved.set(id, left);
      })
      .finally(() => this.underWay--);
  }

  /** Tries again to store sessions, except those that are back here and would be taken offline. */
  retry(): void {
    for (const [id, left] of this.unsaved) {
      this.unsaved.delete(id);
      if (!this.connections.ofSession(id)) this.save(id, left);
    }
  }
}
