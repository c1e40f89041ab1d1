import { Injectable } from '@nestjs/common';
import { NodeLease } from './node-lease.js';
import { SessionService } from './session.service.js';
import { SessionStore } from './session-store.js';

/**
 * Expires sessions past their deadline and suspends those of dead nodes. Harmless when run twice.
 */
@Injectable()
export class SessionExpiry {
  constructor(
    private readonly store: SessionStore,
    private readonly sessions: SessionService,
    private readonly lease: NodeLease,
  ) {}

  /** @returns the numbers of expired and suspended sessions. */
  async run(): Promise<{ expired: number; reaped: number }> {
    const gone = await this.lease.gone();
    const { expiring, orphans, holders } = await this.store.due(gone);
    await this.lease.adopt(holders);
    await Promise.all([
      ...expiring.map((id) => this.sessions.expire(id)),
      ...orphans.map(({ id, node }) => this.sessions.reap(id, node)),
    ]);
    const holding = new Set(orphans.map(({ node }) => node));
    const empty = gone.filter((node) => !holding.has(node));
    if (empty.length > 0) await this.lease.gone(empty);
    return { expired: expiring.length, reaped: orphans.length };
  }
}
