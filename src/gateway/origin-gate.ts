import type { IncomingHttpHeaders } from 'node:http';
import { Injectable } from '@nestjs/common';
import { canonicalOrigin, isListed, isLoopback } from '../config/origin-list.js';
import { Config } from '../config/config.js';
import { PostriderError } from '../contract/postrider-error.js';

/** The origin of a page that may not open sockets, as the log and the page are told it. */
export class OriginRefused extends PostriderError {
  /** Empty where it cannot be read. */
  readonly origin: string;

  constructor(origin: string | undefined) {
    super(
      'forbidden',
      origin === undefined
        ? 'The Origin cannot be read. WS_ORIGINS lists the origins that may open sockets.'
        : `The origin ${origin} may not open sockets here. Add it to WS_ORIGINS.`,
    );
    this.origin = origin ?? '';
  }
}

/** A page of another site must not open a socket with what the browser knows of us (OWASP ASVS 4.4.2). */
@Injectable()
export class OriginGate {
  constructor(private readonly config: Config) {}

  /**
   * Lets in the host that was asked for and the origins of `WS_ORIGINS`; outside of production also pages of the own machine.
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

/** `Host` may have the default port, which an origin never has. */
function isOwn(origin: string, host: string | undefined): boolean {
  const [, scheme] = /^(https?:)\/\//.exec(origin) ?? [];
  return scheme !== undefined && host !== undefined && canonicalOrigin(`${scheme}//${host}`) === origin;
}
