import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { forwardedAddress, normalizeForwarded } from './forwarded-addresses.js';

it.each([
  ['203.0.113.9', '203.0.113.9'],
  [' 203.0.113.9:40001 ', '203.0.113.9'],
  ['"203.0.113.9:40001"', '203.0.113.9'],
  ['[2001:db8::1]:40001', '2001:db8::1'],
  ['"[2001:db8::1]"', '2001:db8::1'],
  ['2001:DB8:0:0::1', '2001:db8::1'],
  ['2001:0db8:0000::0001', '2001:db8::1'],
  ['fe80::1%eth0', 'fe80::1'],
  ['::ffff:203.0.113.9', '203.0.113.9'],
  ['[::ffff:203.0.113.9]:443', '203.0.113.9'],
  ['::ffff:cb00:7109', '203.0.113.9'],
  ['unknown', 'unknown'],
  ['_hidden:1', 'unknown'],
  ['203.0.113.9:port', 'unknown'],
  ['203.0.113.999', 'unknown'],
  ['2001:db8::1]:40001', 'unknown'],
  ['', 'unknown'],
])('%s is %s', (text, address) => expect(forwardedAddress(text)).toBe(address));

it('ignores the port and is stable when parsed again', () => {
  const port = fc.integer({ min: 0, max: 65_535 });
  fc.assert(fc.property(fc.ipV4(), port, (ip, number) => expect(forwardedAddress(`${ip}:${number}`)).toBe(ip)));
  const v6 = fc.property(fc.ipV6(), port, (ip, number) => {
    const address = forwardedAddress(ip);
    expect(forwardedAddress(`[${ip.toUpperCase()}]:${number}`)).toBe(address);
    expect(forwardedAddress(address)).toBe(address);
  });
  fc.assert(v6);
  fc.assert(fc.property(fc.string(), (text) => void forwardedAddress(text)));
});

it('parses every entry of the header', () => {
  const headers = { 'x-forwarded-for': '203.0.113.9:1, junk,[2001:db8::1]:2' };
  normalizeForwarded(headers);
  expect(headers).toEqual({ 'x-forwarded-for': '203.0.113.9, unknown, 2001:db8::1' });
});
