import { isIPv6 } from 'node:net';
import { Injectable } from '@nestjs/common';
import { PostriderError } from '../errors/postrider.error.js';

const WINDOW_MS = 60_000;
const MAX_FAILURES = 10;
/** Addresses remembered; beyond it the one that failed first is forgotten. */
const MAX_ADDRESSES = 10_000;

/** Slows down who guesses admin keys: at most 10 failures a minute from one address, on each process. */
@Injectable()
export class SignInThrottle {
  private readonly failures = new Map<string, { count: number; untilMs: number }>();

  /** @throws PostriderError `rate_limited` where the address has failed too often. */
  requirePatience(address: string): void {
    const failed = this.failures.get(siteOf(address));
    const leftMs = (failed?.untilMs ?? 0) - performance.now();
    if (!failed || failed.count < MAX_FAILURES || leftMs <= 0) return;
    throw new PostriderError('rate_limited', 'Too many wrong keys came from this address: wait a minute.', {
      retryAfterMs: leftMs,
    });
  }

  failed(address: string): void {
    const site = siteOf(address);
    const now = performance.now();
    const known = this.failures.get(site);
    if (known && known.untilMs > now) known.count++;
    else {
      this.failures.delete(site);
      this.failures.set(site, { count: 1, untilMs: now + WINDOW_MS });
      const [oldest] = this.failures.keys();
      if (this.failures.size > MAX_ADDRESSES && oldest !== undefined) this.failures.delete(oldest);
    }
  }
}

/** One customer of IPv6 has a whole /64. */
const siteOf = (address: string): string => (isIPv6(address) && !address.includes('.') ? prefixOf(address) : address);

function prefixOf(address: string): string {
  const [head = '', tail] = address.split('::');
  const before = head.split(':').filter(Boolean);
  const after = tail === undefined ? [] : tail.split(':').filter(Boolean);
  const zeros = Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => '0');
  return [...before, ...zeros, ...after].slice(0, 4).join(':');
}
