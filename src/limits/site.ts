import { isIPv6 } from 'node:net';

/** IPv4 address mapped into IPv6 (RFC 4291 §2.5.5.2). */
const MAPPED = /^::ffff:(?=\d+\.)/i;

/** Group of addresses that limits count as one, since an IPv6 customer owns a whole /64. */
export function siteOf(address: string): string {
  const plain = address.replace(MAPPED, '');
  return isIPv6(plain) && !plain.includes('.') ? prefixOf(plain) : plain;
}

function prefixOf(address: string): string {
  const [head = '', tail] = address.split('::');
  const before = head.split(':').filter(Boolean);
  const after = tail === undefined ? [] : tail.split(':').filter(Boolean);
  const zeros = Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => '0');
  return [...before, ...zeros, ...after].slice(0, 4).join(':');
}
