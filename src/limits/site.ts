import { isIPv6 } from 'node:net';

/** What counts as one address: one customer of IPv6 has a whole /64. */
export const siteOf = (address: string): string =>
  isIPv6(address) && !address.includes('.') ? prefixOf(address) : address;

function prefixOf(address: string): string {
  const [head = '', tail] = address.split('::');
  const before = head.split(':').filter(Boolean);
  const after = tail === undefined ? [] : tail.split(':').filter(Boolean);
  const zeros = Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => '0');
  return [...before, ...zeros, ...after].slice(0, 4).join(':');
}
