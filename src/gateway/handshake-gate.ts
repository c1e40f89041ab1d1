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

/** Limits of everybody who asks for a socket, whoever that is. */
@Injectable()
export class HandshakeGate {
  constructor(
    private readonly connections: ConnectionRegistry,
    private readonly addresses: ClientAddress,
    private readonly limits: AddressLimits,
    private readonly lanes: RedisLanes,
    private readonly arrivals: ArrivalClock,
  ) {}

  /** When a request that is read now was sent at the earliest, by the clock of Redis. */
  get earliestMs(): number {
    return this.arrivals.earliest();
  }

  /** Before anything else, and not counted as a try: it costs nothing, and nobody who comes now can be served. */
  requireRedis(): void {
    const { awayMs } = this.lanes;
    if (awayMs === 0) return;
    const retryAfterMs = retryWaitMs(awayMs);
    throw new PostriderError('redis_unavailable', 'No socket can be opened now: Redis is away.', { retryAfterMs });
  }

  /** Counts a try; whoever tries too often costs nothing more. @returns the address. */
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

  /** Requires room for one more socket, which is not being opened yet. */
  requireRoomForAnother(): void {
    const opened = this.connections.opening();
    try {
      this.connections.requireRoom();
    } finally {
      opened();
    }
  }
}
