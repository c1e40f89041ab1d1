import type { Duplex } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { SocketSettings } from '../config/settings.js';
import { PostriderError } from '../contract/postrider-error.js';
import { retryWaitMs } from '../contract/retry-wait.js';
import { type Limit, Metrics } from '../observability/metrics.js';
import { ArrivalRate } from './arrival-rate.js';
import type { Connection } from './connection.js';
import { Occupancy } from './occupancy.js';

/** Registry of this node's sockets by session, with counts by user, app and address. */
@Injectable()
export class ConnectionRegistry {
  readonly all = new Set<Connection>();
  readonly arrivals = new ArrivalRate();
  private readonly bySession = new Map<string, Connection>();
  private readonly byUser = new Occupancy();
  private readonly byApp = new Occupancy();
  private readonly byAddress = new Occupancy();
  private upgrading = 0;
  private draining = false;
  private fullSinceMs: number | undefined;

  constructor(
    private readonly settings: SocketSettings,
    private readonly metrics: Metrics,
  ) {
    const help = 'Sessions that this node could open or resume per second when many last arrived at once';
    metrics.sampled('arrivals_per_second', help, () => this.arrivals.perSecond);
  }

  get mostOfOneUser(): number {
    return this.byUser.most;
  }

  /** Number of sockets that are being opened. */
  get pending(): number {
    return this.upgrading;
  }

  /** True if no more sockets are opened, because this node is about to stop. */
  get isDraining(): boolean {
    return this.draining;
  }

  /** Refuses new sockets from now on. */
  drain(): void {
    this.draining = true;
  }

  /** @throws PostriderError `draining`. */
  requireOpen(): void {
    if (this.draining)
      throw new PostriderError('draining', 'This node is shutting down. Open the socket on another node.');
  }

  /**
   * Counts the caller as already being opened.
   * @throws PostriderError `too_many_connections`.
   */
  requireRoom(): void {
    if (this.all.size + this.upgrading <= this.settings.wsMaxConnections) {
      this.fullSinceMs = undefined;
      return;
    }
    this.fullSinceMs ??= performance.now();
    this.refuse('connections', 'This node has reached its connection limit. Retry later or use another node.');
  }

  /**
   * Counts a socket that is being opened.
   * @returns a function that ends the counting.
   */
  opening(): () => void {
    this.upgrading++;
    return () => this.upgrading--;
  }

  /** @throws PostriderError `too_many_connections`. */
  requireRoomFor(app: string, user: string): void {
    if (this.byApp.of(app) >= this.settings.wsMaxConnectionsPerApp) {
      this.refuse(
        'connections_app',
        'The app has reached its connection limit at this node. Retry later or use another node.',
      );
    }
    if (this.byUser.of(`${app}:${user}`) < this.settings.wsMaxConnectionsPerUser) return;
    this.refuse('connections_user', 'The user has reached its connection limit at this node. Close other connections.');
  }

  /**
   * Counts a connection of an address from its handshake until it is closed.
   * @throws PostriderError `too_many_connections`.
   */
  occupy(address: string, socket: Duplex): void {
    if (this.byAddress.of(address) >= this.settings.wsMaxConnectionsPerAddress) {
      this.refuse(
        'connections_address',
        'The address has reached its connection limit at this node. Close other connections.',
      );
    }
    this.byAddress.add(address);
    socket.once('close', () => this.byAddress.remove(address));
  }

  add(connection: Connection): void {
    this.all.add(connection);
    this.metrics.connections.set(this.all.size);
  }

  /** Counts a connection for its user and app. */
  identified({ identity }: Connection): void {
    if (!identity) return;
    this.byApp.add(identity.app);
    this.byUser.add(`${identity.app}:${identity.user}`);
  }

  remove(connection: Connection): void {
    this.all.delete(connection);
    this.metrics.connections.set(this.all.size);
    const { identity } = connection;
    if (identity) {
      this.byApp.remove(identity.app);
      this.byUser.remove(`${identity.app}:${identity.user}`);
    }
    this.unbind(connection);
  }

  /** Registers a connection under its session. */
  bind(connection: Connection): void {
    const id = connection.session?.id;
    if (id === undefined) return;
    this.bySession.set(id, connection);
    this.metrics.sessions.set(this.bySession.size);
  }

  unbind(connection: Connection): void {
    const id = connection.session?.id;
    if (id === undefined || this.bySession.get(id) !== connection) return;
    this.bySession.delete(id);
    this.metrics.sessions.set(this.bySession.size);
  }

  ofSession(session: string): Connection | undefined {
    return this.bySession.get(session);
  }

  get held(): IterableIterator<Connection> {
    return this.bySession.values();
  }

  private refuse(limit: Limit, detail: string): never {
    this.metrics.limited(limit).inc();
    const fullMs = this.fullSinceMs === undefined ? 0 : performance.now() - this.fullSinceMs;
    throw new PostriderError('too_many_connections', detail, { retryAfterMs: retryWaitMs(fullMs) });
  }
}
