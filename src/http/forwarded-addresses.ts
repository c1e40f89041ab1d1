import type { IncomingHttpHeaders } from 'node:http';
import { isIPv4, isIPv6 } from 'node:net';

/** All unreadable entries count as one address, however they are spelled. */
const UNKNOWN = 'unknown';
const BRACKETED = /^\[([^\]]*)\](?::\d{1,5})?$/;
const IPV4_WITH_PORT = /^([\d.]+):\d{1,5}$/;
const MAPPED = /^::ffff:([\d.]+)$/i;

/**
 * Normalizes one entry of `X-Forwarded-For`: no port, which some proxies write (RFC 7239 §6), no
 * zone, IPv6 in its shortest form, mapped IPv4 addresses as IPv4.
 */
export function forwardedAddress(text: string): string {
  const bare = text.trim().replace(/^"(.*)"$/, '$1');
  const address = BRACKETED.exec(bare)?.[1] ?? IPV4_WITH_PORT.exec(bare)?.[1] ?? bare;
  const [plain = ''] = address.split('%');
  const v4 = MAPPED.exec(plain)?.[1] ?? plain;
  if (isIPv4(v4)) return v4;
  if (!isIPv6(plain)) return UNKNOWN;
  const shortest = new URL(`http://[${plain}]`).hostname.slice(1, -1);
  return dottedOf(shortest) ?? shortest;
}

/** Normalizes `X-Forwarded-For` before anything reads it. */
export function normalizeForwarded(headers: IncomingHttpHeaders): void {
  const given = headers['x-forwarded-for'];
  if (given === undefined) return;
  headers['x-forwarded-for'] = String(given).split(',').map(forwardedAddress).join(', ');
}

/** IPv4 address behind `::ffff:` and two groups. */
function dottedOf(shortest: string): string | undefined {
  const [, high, low] = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(shortest) ?? [];
  if (high === undefined || low === undefined) return undefined;
  const [first, second] = [parseInt(high, 16), parseInt(low, 16)];
  return [first >> 8, first & 255, second >> 8, second & 255].join('.');
}
