import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleInit } from '@nestjs/common';
import { NodeLease } from '../session/node-lease.js';
import { TopicHints } from '../topic/topic-hints.js';
import { ConnectionRegistry } from './connection-registry.js';
import { SessionReclaimer } from './session-reclaimer.js';
import { takeOver } from './take-over.js';

/** Handles changes that others make to sessions of this node: take-over, end and suspension. */
@Injectable()
export class SessionWatch implements OnModuleInit, OnApplicationBootstrap {
  private readonly logger = new Logger(SessionWatch.name);

  constructor(
    private readonly connections: ConnectionRegistry,
    private readonly reclaimer: SessionReclaimer,
    private readonly hints: TopicHints,
    private readonly lease: NodeLease,
  ) {}

  onModuleInit(): void {
    this.hints.on({ session: ({ session, generation, why }) => this.released(session, generation, why) });
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.lease.keep(() => {
      this.reclaimer.reclaimAll().catch((error: unknown) => {
        this.logger.warn({ msg: 'Could not reclaim sessions', error: String(error) });
      });
    });
  }

  /** Handles that another node holds the session now, or that it was ended. */
  private released(id: string, generation: number, why: 'taken' | 'ended'): void {
    const connection = this.connections.ofSession(id);
    if (!connection?.session || connection.session.generation >= generation) return;
    if (why === 'taken') takeOver(connection);
    else connection.release('ended');
  }
}
