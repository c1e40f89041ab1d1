import type { IncomingMessage } from 'node:http';
import { Injectable } from '@nestjs/common';
import { PostriderError } from '../contract/postrider-error.js';
import { retryWaitMs } from '../contract/retry-wait.js';
import { ClientAddress } from '../http/client-address.js';
import { AddressLimits } from '../limits/address-limits.js';
import { siteOf } from '../limits/site.js';
import { RedisLanes } from '../redis/redis-lanes.js';
import { ArrivalClock } from './arrival-clock.js';
import { ConnectionRegistry } from './connection-registry.js';

/** Checks of every handshake that do not depend on the user. */
@Injectable()
export class HandshakeGate {
  constructor(
    private readonly connections: ConnectionRegistry,
    private readonly addresses: ClientAddress,
    private readonly limits: AddressLimits,
    private readonly lanes: RedisLanes,
    private readonly arrivals: ArrivalClock,
  ) {}

  /** Earliest time, by the clock of Redis, at which a request that is read now was sent. */
  get earliestMs(): number {
    return this.arrivals.earliest();
  }

  /** Runs first and does not count as a try: it costs nothing, and no client can be served now. */
  requireRedis(): void {
    const { awayMs } = this.lanes;
    if (awayMs === 0) return;
    const retryAfterMs = retryWaitMs(awayMs);
    throw new PostriderError(
      'redis_unavailable',
      'No socket can be opened now, because Redis is unavailable. Retry later.',
      { retryAfterMs },
    );
  }

  /**
   * Counts a try; an address over its limit causes no further cost.
   * @returns the address.
   */
  requireShare(request: IncomingMessage): string {
    const address = this.addresses.of(request);
    if (this.limits.isUnlimited(address)) return address;
    this.limits.require('handshakes', address);
    this.limits.count('handshakes', address);
    return address;
  }

  /** Counts the socket of an address until it is closed. */
  occupy(address: string, { socket }: IncomingMessage): void {
    if (!this.limits.isUnlimited(address)) this.connections.occupy(siteOf(address), socket);
  }

  /** Requires room for one more socket that is not counted yet. */
  requireRoomForAnother(): void {
    const opened = this.connections.opening();
    try {
      this.connections.requireRoom();
    } finally {
      opened();
    }
  }
}
