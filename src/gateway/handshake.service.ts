import type { IncomingMessage } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import type { Identity } from '../auth/authenticator.port.js';
import { Config } from '../config/config.js';
import { PostriderError } from '../errors/postrider.error.js';
import { ClientAddress } from '../http/client.address.js';
import { AddressLimits } from '../limits/address.limits.js';
import { siteOf } from '../limits/site.js';
import { retryWaitMs } from '../errors/retry.wait.js';
import { RedisLanes } from '../redis/redis.lanes.js';
import { ArrivalClock } from './arrival.clock.js';
import { ConnectionRegistry } from './connection.registry.js';
import { OriginGate } from './origin.gate.js';
import { TokenGate } from './token.gate.js';

export const SUBPROTOCOL = 'postrider.v1';
const BEARER_PROTOCOL = 'bearer.';

/** What a handshake established. */
export interface Handshake {
  /** Absent where the token comes with `hello`. */
  readonly identity?: Identity;
  /** Session to resume, from the query. */
  readonly session?: string;
  /** When it was sent at the earliest, by the clock of Redis. */
  readonly askedAtMs?: number;
}

/** Who may open a socket; everything is decided before the upgrade is answered. */
@Injectable()
export class HandshakeService {
  draining = false;

  constructor(
    @Inject(Config) private readonly config: Config,
    private readonly tokens: TokenGate,
    private readonly connections: ConnectionRegistry,
    private readonly addresses: ClientAddress,
    private readonly limits: AddressLimits,
    private readonly origins: OriginGate,
    private readonly lanes: RedisLanes,
    private readonly arrivals: ArrivalClock,
  ) {}

  /** @throws PostriderError: 404, 503, 403, 429 or 401, answered instead of the upgrade. */
  async admit(request: IncomingMessage): Promise<Handshake> {
    const askedAtMs = this.arrivals.earliest();
    this.requireRedis();
    const address = this.requireShare(request);
    if (!this.limits.isUnlimited(address)) this.connections.occupy(siteOf(address), request.socket);
    const url = urlOf(request);
    if (url.pathname !== this.config.wsPath) {
      throw new PostriderError('not_found', `Sockets are opened at ${this.config.wsPath}.`);
    }
    this.requireService(request, request.headers.origin);
    this.connections.requireRoom();
    const session = url.searchParams.get('session');
    const token = this.tokenOf(request, url);
    if (token === undefined) return session ? { session } : {};
    const identity = await this.tokens.admit(token);
    this.connections.requireRoomFor(identity.app, identity.user);
    return { identity, askedAtMs, ...(session && { session }) };
  }

  /**
   * What `admit` requires of everybody before it looks at a token, without opening anything.
   * @throws PostriderError as `admit`; it counts as a try, too.
   */
  requireWelcome(request: IncomingMessage, origin: string | undefined): void {
    this.requireRedis();
    this.requireShare(request);
    this.requireService(request, origin);
    const opened = this.connections.opening();
    try {
      this.connections.requireRoom();
    } finally {
      opened();
    }
  }

  /** Before anything else, and not counted as a try: it costs nothing, and nobody who comes now can be served. */
  private requireRedis(): void {
    const { awayMs } = this.lanes;
    if (awayMs === 0) return;
    const retryAfterMs = retryWaitMs(awayMs);
    throw new PostriderError('redis_unavailable', 'No socket can be opened now: Redis is away.', { retryAfterMs });
  }

  /** Who tries too often costs nothing more. @returns the address. */
  private requireShare(request: IncomingMessage): string {
    const address = this.addresses.of(request);
    if (this.limits.isUnlimited(address)) return address;
    this.limits.require('handshakes', address);
    this.limits.count('handshakes', address);
    return address;
  }

  private requireService({ headers }: IncomingMessage, origin: string | undefined): void {
    if (this.draining) throw new PostriderError('draining', 'This node is shutting down: open the socket elsewhere.');
    this.origins.require(headers, origin);
  }

  private tokenOf({ headers }: IncomingMessage, url: URL): string | undefined {
    const [, bearer] = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '') ?? [];
    if (bearer !== undefined) return bearer;
    if (headers.authorization !== undefined) {
      throw new PostriderError('unauthorized', 'Authorization must be Bearer and a token.');
    }
    const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((protocol) => protocol.trim());
    const carrier = offered.find((protocol) => protocol.startsWith(BEARER_PROTOCOL));
    if (carrier !== undefined) return carrier.slice(BEARER_PROTOCOL.length);
    const query = url.searchParams.get('token');
    return query !== null && this.config.wsQueryToken ? query : undefined;
  }
}

function urlOf(request: IncomingMessage): URL {
  try {
    return new URL(request.url ?? '/', 'http://localhost');
  } catch (cause) {
    throw new PostriderError('invalid_request', 'The URL cannot be read.', { cause });
  }
}
