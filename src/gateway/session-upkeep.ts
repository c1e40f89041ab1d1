import { Injectable, Logger } from '@nestjs/common';
import { homeOf } from '../contract/notification-id.js';
import { ALL_PARTITIONS, groupByPartition } from '../contract/partition.js';
import { SessionService } from '../session/session.service.js';
import { ConnectionRegistry } from './connection-registry.js';
import { SessionReclaimer } from './session-reclaimer.js';
import { SessionSaver } from './session-saver.js';

const VERIFY_MS = 30_000;

/** Keeps the sessions of this node and their records consistent. */
@Injectable()
export class SessionUpkeep {
  private verifiedAtMs = performance.now();
  private readonly logger = new Logger(SessionUpkeep.name);

  constructor(
    private readonly connections: ConnectionRegistry,
    private readonly reclaimer: SessionReclaimer,
    private readonly sessions: SessionService,
    private readonly saver: SessionSaver,
  ) {}

  /**
   * Called about every second.
   * @param nowMs time by `performance.now()`.
   */
  tick(nowMs: number): void {
    this.saver.retry();
    if (nowMs - this.verifiedAtMs < VERIFY_MS) return;
    this.verifiedAtMs = nowMs;
    void this.verify();
  }

  /**
   * Compares the sessions of this node's connections with the records. A session that the records
   * do not assign to this node was taken over without a hint, or suspended after the lease had
   * expired; it is reclaimed or released. A session that only the records assign to it was opened
   * or resumed by a call whose answer was lost, for a connection that is gone.
   */
  async verify(): Promise<void> {
    const here = [...this.connections.held].flatMap(({ session }) => (session ? [{ ...session }] : []));
    const byPartition = groupByPartition(here, ({ id }) => homeOf(id));
    await Promise.all(
      ALL_PARTITIONS.map((partition) => this.verifyPartition(partition, byPartition.get(partition) ?? [])),
    );
  }

  private async verifyPartition(partition: number, here: readonly { id: string; generation: number }[]): Promise<void> {
    try {
      const held = await this.sessions.held(partition, VERIFY_MS);
      const strays = here.filter(({ id, generation }) => held.get(id)?.generation !== generation);
      const leftovers = [...held].filter(([id, { settled }]) => settled && !this.connections.ofSession(id));
      await Promise.all([
        ...strays.map(({ id, generation }) => this.reclaimer.reclaimHeld(id, generation)),
        ...leftovers.map(([id, { generation }]) => this.sessions.abandon(id, generation)),
      ]);
    } catch (error) {
      this.logger.debug({ msg: 'Could not verify the sessions of this node', partition, error: String(error) });
    }
  }
}
