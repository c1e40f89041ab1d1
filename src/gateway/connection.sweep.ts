import { Inject, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { Config } from '../config/config.js';
import { SessionStore } from '../session/session.store.js';
import { type Connection, type Goodbye } from './connection.js';
import { ConnectionRegistry } from './connection.registry.js';
import { SessionBinder } from './session.binder.js';

const TICK_MS = 1_000;
const VERIFY_MS = 30_000;
const VERIFY_BATCH = 1_000;

const SILENT: Goodbye = { code: 4408, reason: 'heartbeat missed', reconnect: true, retryAfterMs: 0 };
const EXPIRED: Goodbye = { code: 4401, reason: 'token expired', reconnect: true, retryAfterMs: 0 };
const NO_TOKEN: Goodbye = { code: 4401, reason: 'no token', reconnect: true, retryAfterMs: 0 };

/** Heartbeats, expiry of tokens, late hellos: one timer for all sockets. */
@Injectable()
export class ConnectionSweep implements OnModuleDestroy {
  private timer?: NodeJS.Timeout;
  private verifiedAtMs = performance.now();
  private readonly logger = new Logger(ConnectionSweep.name);

  constructor(
    @Inject(Config) private readonly config: Config,
    private readonly connections: ConnectionRegistry,
    private readonly binder: SessionBinder,
    private readonly sessions: SessionStore,
  ) {}

  start(): void {
    const tickMs = Math.min(TICK_MS, Math.max(20, Math.floor(this.config.heartbeatMs / 4)));
    this.timer = setInterval(() => this.sweep(), tickMs);
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  private sweep(): void {
    const now = performance.now();
    const clock = Date.now();
    for (const connection of this.connections.all) this.check(connection, now, clock);
    this.binder.retry();
    if (now - this.verifiedAtMs < VERIFY_MS) return;
    this.verifiedAtMs = now;
    this.verify().catch((error: unknown) => {
      this.logger.debug({ msg: 'Held sessions could not be verified', error: String(error) });
    });
  }

  private check(connection: Connection, now: number, clock: number): void {
    if (connection.closed) return;
    if (now - connection.seenAtMs >= this.config.heartbeatTimeoutMs) {
      connection.close(SILENT);
      // Whoever does not answer will not answer a close frame either.
      connection.ws.terminate();
    } else if (connection.identity) {
      if (connection.identity.expiresAtMs <= clock) return connection.close(EXPIRED);
    } else if (now - connection.openedAtMs >= this.config.wsHelloTimeoutMs) return connection.close(NO_TOKEN);
    if (now - connection.pingedAtMs >= this.config.heartbeatMs) connection.ping();
  }

  /**
   * Compares the sessions held here with their records: a take-over whose hint was lost, or a session that was suspended
   * while the lease had lapsed without this node learning of it.
   */
  async verify(): Promise<void> {
    const held = [...this.connections.held];
    for (let i = 0; i < held.length; i += VERIFY_BATCH) {
      const batch = held.slice(i, i + VERIFY_BATCH).flatMap(({ session }) => (session ? [session] : []));
      const asked = batch.map(({ id, generation }) => ({ id, generation }));
      const records = await this.sessions.find(asked.map(({ id }) => id));
      const reclaims = asked.map(async ({ id, generation }, index) => {
        const record = records[index];
        if (!record) this.binder.released(id, generation + 1, 'lost');
        else if (record.state === 'expired') this.binder.released(id, generation + 1, 'ended');
        else if (record.generation > generation) this.binder.released(id, record.generation, 'taken');
        else if (record.state === 'suspended' && record.generation === generation)
          await this.binder.reclaimHeld(id, generation);
      });
      await Promise.all(reclaims);
    }
  }
}
