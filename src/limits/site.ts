import { isIPv6 } from 'node:net';

/** An IPv4 address as a socket of IPv6 gives it (RFC 4291 §2.5.5.2). */
const MAPPED = /^::ffff:(?=\d+\.)/i;

/** Groups addresses that limits count as one. A customer of IPv6 has a whole /64. */
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
