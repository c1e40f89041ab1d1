import type { IncomingMessage } from 'node:http';
import proxyAddr from '@fastify/proxy-addr';
import { Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import { normalizeForwarded } from './forwarded-addresses.js';

/** The address of a client, also of one that opens a socket, which the router never sees: as `request.ip` of Fastify. */
@Injectable()
export class ClientAddress {
  private readonly trusts: (address: string, hop: number) => boolean;

  constructor({ trustedProxies }: Config) {
    this.trusts = proxyAddr.compile([...trustedProxies]);
  }

  /** What `X-Forwarded-For` names counts only as far as trusted proxies have written it. Empty where the client has left. */
  of(request: IncomingMessage): string {
    if (request.socket.remoteAddress === undefined) return '';
    normalizeForwarded(request.headers);
    return proxyAddr(request, this.trusts);
  }
}
