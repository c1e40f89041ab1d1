import { Inject, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { Config } from '../config/config.js';
import { ALL_PARTITIONS, groupByPartition } from '../redis/partition.js';
import { spreadMs } from '../errors/retry.wait.js';
import { RedisClock } from '../redis/redis.clock.js';
import { RevocationList } from '../revocation/revocation.list.js';
import { SessionService } from '../session/session.service.js';
import { homeOf } from '../topic/notification.id.js';
import { type Connection, type Goodbye } from './connection.js';
import { ConnectionRegistry } from './connection.registry.js';
import { SessionBinder } from './session.binder.js';

const TICK_MS = 1_000;
const VERIFY_MS = 30_000;

const SILENT: Goodbye = { code: 4408, reason: 'heartbeat missed', reconnect: true, retryAfterMs: 0 };
/** The wait is for who would come back with the same token, and for an issuer who is asked by many at once. */
const noToken = (reason: string): Goodbye => {
  return { code: 4401, reason, reconnect: true, retryAfterMs: spreadMs(1_000, 2_000) };
};

/** Heartbeats, expiry and revocation of tokens, late hellos: one timer for all sockets. */
@Injectable()
export class ConnectionSweep implements OnModuleDestroy {
  private timer?: NodeJS.Timeout;
  private verifiedAtMs = performance.now();
  private readonly logger = new Logger(ConnectionSweep.name);

  constructor(
    @Inject(Config) private readonly config: Config,
    private readonly connections: ConnectionRegistry,
    private readonly binder: SessionBinder,
    private readonly sessions: SessionService,
    private readonly revocations: RevocationList,
    private readonly clock: RedisClock,
  ) {}

  async start(): Promise<void> {
    await this.revocations.start(() => this.closeRevoked());
    const tickMs = Math.min(TICK_MS, Math.max(20, Math.floor(this.config.heartbeatMs / 4)));
    this.timer = setInterval(() => this.sweep(), tickMs);
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  private sweep(): void {
    const now = performance.now();
    const clock = this.clock.now();
    for (const connection of this.connections.all) this.check(connection, now, clock);
    this.binder.retry();
    if (now - this.verifiedAtMs < VERIFY_MS) return;
    this.verifiedAtMs = now;
    void this.verify();
  }

  private check(connection: Connection, now: number, clock: number): void {
    if (connection.closed) return;
    if (now - connection.seenAtMs >= this.config.heartbeatTimeoutMs) {
      connection.close(SILENT);
      // Whoever does not answer will not answer a close frame either.
      connection.ws.terminate();
    } else if (connection.identity) {
      if (connection.identity.expiresAtMs <= clock) return connection.close(noToken('token expired'));
      // Also one that was let in while the list changed.
      if (this.isRevoked(connection)) return connection.close(noToken('token revoked'));
    } else if (now - connection.openedAtMs >= this.config.wsHelloTimeoutMs)
      return connection.close(noToken('no token'));
    if (now - connection.pingedAtMs >= this.config.heartbeatMs) connection.ping();
  }

  private closeRevoked(): void {
    for (const connection of this.connections.all)
      if (this.isRevoked(connection)) connection.close(noToken('token revoked'));
  }

  /** Looks a token up only where the list has changed since. */
  private isRevoked(connection: Connection): boolean {
    const { version } = this.revocations;
    if (!connection.identity || connection.judgedAtVersion === version) return false;
    connection.judgedAtVersion = version;
    return this.revocations.covers(connection.identity);
  }

  /**
   * Compares the sessions of this node's connections with those that the records say it holds. One that the records do not name
   * was taken over without a hint, or suspended while the lease had lapsed, and is reclaimed or let go. One that only the records
   * name was opened or resumed for a connection that is gone, by a call whose answer was lost.
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
        ...strays.map(({ id, generation }) => this.binder.reclaimHeld(id, generation)),
        ...leftovers.map(([id, { generation }]) => this.sessions.abandon(id, generation)),
      ]);
    } catch (error) {
      this.logger.debug({ msg: 'Held sessions could not be verified', partition, error: String(error) });
    }
  }
}
