import type { IncomingMessage } from 'node:http';
import { Injectable } from '@nestjs/common';
import type { Identity } from '../auth/authenticator.port.js';
import { SocketSettings } from '../config/settings.js';
import { PostriderError } from '../contract/postrider-error.js';
import { ConnectionRegistry } from './connection-registry.js';
import { HandshakeGate } from './handshake-gate.js';
import { OriginGate } from './origin-gate.js';
import { TokenGate } from './token-gate.js';

export const SUBPROTOCOL = 'postrider.v1';
const BEARER_PROTOCOL = 'bearer.';

/** Result of a handshake. */
export interface Handshake {
  /** Missing if the token comes with `hello`. */
  readonly identity?: Identity;
  /** Session to resume, from the query. */
  readonly session?: string;
  /** Earliest time at which it was sent, by the clock of Redis. */
  readonly askedAtMs?: number;
}

/** Request that the gateway receives with a socket. */
export interface UpgradedRequest extends IncomingMessage {
  handshake?: Handshake;
}

/** Decides who may open a socket, before the upgrade is answered. */
@Injectable()
export class HandshakeService {
  constructor(
    private readonly settings: SocketSettings,
    private readonly gate: HandshakeGate,
    private readonly origins: OriginGate,
    private readonly tokens: TokenGate,
    private readonly connections: ConnectionRegistry,
  ) {}

  /** @throws PostriderError: 404, 503, 403, 429 or 401, sent instead of the upgrade. */
  async admit(request: IncomingMessage): Promise<Handshake> {
    const askedAtMs = this.gate.earliestMs;
    this.gate.requireRedis();
    this.gate.occupy(this.gate.requireShare(request), request);
    const query = this.queryOf(request);
    this.requireService(request, request.headers.origin);
    this.connections.requireRoom();
    const session = query?.get('session');
    const token = this.tokenOf(request, query);
    if (token === undefined) return session ? { session } : {};
    const identity = await this.tokens.admit(token);
    this.connections.requireRoomFor(identity.app, identity.user);
    return { identity, askedAtMs, ...(session && { session }) };
  }

  /**
   * Checks what `admit` checks before the token, without opening anything.
   * @throws PostriderError like `admit`; it also counts as a try.
   */
  requireWelcome(request: IncomingMessage, origin: string | undefined): void {
    this.gate.requireRedis();
    this.gate.requireShare(request);
    this.requireService(request, origin);
    this.gate.requireRoomForAnother();
  }

  private requireService({ headers }: IncomingMessage, origin: string | undefined): void {
    this.connections.requireOpen();
    this.origins.require(headers, origin);
  }

  /** @returns undefined without a query, as in most requests. */
  private queryOf(request: IncomingMessage): URLSearchParams | undefined {
    const { wsPath } = this.settings;
    if (request.url === wsPath) return undefined;
    const { pathname, searchParams } = urlOf(request);
    if (pathname === wsPath) return searchParams;
    throw new PostriderError('not_found', `There is no socket at this path. Open it at ${wsPath}.`);
  }

  private tokenOf({ headers }: IncomingMessage, query: URLSearchParams | undefined): string | undefined {
    if (headers.authorization !== undefined) {
      const [, bearer] = /^Bearer +(\S+)$/i.exec(headers.authorization) ?? [];
      if (bearer !== undefined) return bearer;
      throw new PostriderError('unauthorized', 'Authorization must be "Bearer <token>".');
    }
    const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((protocol) => protocol.trim());
    const carrier = offered.find((protocol) => protocol.startsWith(BEARER_PROTOCOL));
    if (carrier !== undefined) return carrier.slice(BEARER_PROTOCOL.length);
    return this.settings.wsQueryToken ? (query?.get('token') ?? undefined) : undefined;
  }
}

function urlOf(request: IncomingMessage): URL {
  try {
    return new URL(request.url ?? '/', 'http://localhost');
  } catch (cause) {
    throw new PostriderError('invalid_request', 'The URL cannot be parsed. Check its encoding.', { cause });
  }
}
