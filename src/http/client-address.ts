import type { IncomingMessage } from 'node:http';
import proxyAddr from '@fastify/proxy-addr';
import { Injectable } from '@nestjs/common';
import { NodeSettings } from '../config/settings.js';
import { normalizeForwarded } from './forwarded-addresses.js';

/**
 * Finds the client address, also for socket upgrades, which the router never sees. Works like
 * Fastify's `request.ip`.
 */
@Injectable()
export class ClientAddress {
  private readonly trusts: (address: string, hop: number) => boolean;

  constructor({ trustedProxies }: NodeSettings) {
    this.trusts = proxyAddr.compile([...trustedProxies]);
  }

  /**
   * Uses `X-Forwarded-For` only as far as trusted proxies have written it. Empty if the client has
   * left.
   */
  of(request: IncomingMessage): string {
    const { remoteAddress } = request.socket;
    if (remoteAddress === undefined) return '';
    if (request.headers['x-forwarded-for'] === undefined) return remoteAddress;
    normalizeForwarded(request.headers);
    return proxyAddr(request, this.trusts);
  }
}
