import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { SocketSettings } from '../config/settings.js';
import type { GoodbyeDetails } from '../contract/goodbyes.js';
import { spreadMs } from '../contract/retry-wait.js';
import { RedisClock } from '../clock/redis-clock.js';
import { RevocationList } from '../revocation/revocation-list.js';
import type { Connection } from './connection.js';
import { ConnectionRegistry } from './connection-registry.js';
import { SessionUpkeep } from './session-upkeep.js';

const TICK_MS = 1_000;

/**
 * Wait for clients that would return with the same token, and for issuers that many clients ask at
 * once.
 */
const tokenWait = (): GoodbyeDetails => ({ retryAfterMs: spreadMs(1_000, 2_000) });

/** Heartbeats, token expiry and revocation, and late hellos, with one timer for all sockets. */
@Injectable()
export class Heartbeat implements OnApplicationBootstrap, OnModuleDestroy {
  private timer?: NodeJS.Timeout;

  constructor(
    private readonly settings: SocketSettings,
    private readonly connections: ConnectionRegistry,
    private readonly upkeep: SessionUpkeep,
    private readonly revocations: RevocationList,
    private readonly clock: RedisClock,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.revocations.start(() => this.closeRevoked());
    const tickMs = Math.min(TICK_MS, Math.max(20, Math.floor(this.settings.heartbeatMs / 4)));
    this.timer = setInterval(() => this.beat(), tickMs);
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  private beat(): void {
    const now = performance.now();
    const clock = this.clock.now();
    for (const connection of this.connections.all) this.look(connection, now, clock);
    this.upkeep.tick(now);
  }

  private look(connection: Connection, now: number, clock: number): void {
    if (!connection.isOpen) return;
    if (now - connection.heardAtMs >= this.settings.heartbeatTimeoutMs) {
      connection.goodbye('silent');
      // A client that does not answer pings would not answer a close frame either.
      connection.cut();
    } else if (connection.identity) {
      if (connection.identity.expiresAtMs <= clock) return connection.goodbye('token_expired', tokenWait());
      // Covers connections admitted while the list changed.
      if (this.isRevoked(connection)) return connection.goodbye('token_revoked', tokenWait());
    } else if (now - connection.openedAtMs >= this.settings.wsHelloTimeoutMs)
      return connection.goodbye('token_missing', tokenWait());
    if (now - connection.pingedAtMs >= this.settings.heartbeatMs) connection.ping();
  }

  private closeRevoked(): void {
    for (const connection of this.connections.all)
      if (this.isRevoked(connection)) connection.goodbye('token_revoked', tokenWait());
  }

  /** Checks a token only if the list has changed since its last check. */
  private isRevoked(connection: Connection): boolean {
    const { version } = this.revocations;
    if (!connection.identity || !connection.needsJudgment(version)) return false;
    return this.revocations.covers(connection.identity);
  }
}
