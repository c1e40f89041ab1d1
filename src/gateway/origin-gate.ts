import type { IncomingHttpHeaders } from 'node:http';
import { Injectable } from '@nestjs/common';
import { canonicalOrigin, isListed, isLoopback } from '../config/origin-list.js';
import { Config } from '../config/config.js';
import { PostriderError } from '../contract/postrider-error.js';

/** Refusal of an origin, which the log and the page both show. */
export class OriginRefused extends PostriderError {
  /** Empty if it cannot be parsed. */
  readonly origin: string;

  constructor(origin: string | undefined) {
    super(
      'forbidden',
      origin === undefined
        ? 'The Origin header cannot be parsed. WS_ORIGINS lists the allowed origins.'
        : `The origin ${origin} may not open sockets here. Add it to WS_ORIGINS.`,
    );
    this.origin = origin ?? '';
  }
}

/**
 * Keeps pages of other sites from opening sockets with credentials that the browser has stored
 * (OWASP ASVS 4.4.2).
 */
@Injectable()
export class OriginGate {
  constructor(private readonly config: Config) {}

  /**
   * Allows the host of the request and the origins of `WS_ORIGINS`; outside of production also
   * loopback pages.
   * @throws OriginRefused
   */
  require({ host }: IncomingHttpHeaders, given: string | undefined): void {
    if (given === undefined) return;
    const origin = canonicalOrigin(given);
    if (origin === undefined || origin.includes('*')) throw new OriginRefused(undefined);
    if (isListed(this.config.wsOrigins, origin) || isOwn(origin, host)) return;
    if (this.config.nodeEnv !== 'production' && isLoopback(origin)) return;
    throw new OriginRefused(origin);
  }
}

/** `Host` may contain the default port, which an origin never does. */
function isOwn(origin: string, host: string | undefined): boolean {
  const [, scheme] = /^(https?:)\/\//.exec(origin) ?? [];
  return scheme !== undefined && host !== undefined && canonicalOrigin(`${scheme}//${host}`) === origin;
}
