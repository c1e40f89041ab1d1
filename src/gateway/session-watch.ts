import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleInit } from '@nestjs/common';
import { NodeLease } from '../session/node-lease.js';
import { TopicHints } from '../topic/topic-hints.js';
import { ConnectionRegistry } from './connection-registry.js';
import { SessionReclaimer } from './session-reclaimer.js';
import { takeOver } from './take-over.js';

/** Listens for what others do to the sessions of this node: take them over, end them, suspend them. */
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
        this.logger.warn({ msg: 'Sessions could not be reclaimed', error: String(error) });
      });
    });
  }

  /** Another node holds the session now, or it was ended. */
  private released(id: string, generation: number, why: 'taken' | 'ended'): void {
    const connection = this.connections.ofSession(id);
    if (!connection?.session || connection.session.generation >= generation) return;
    if (why === 'taken') takeOver(connection);
    else connection.release('ended');
  }
}
