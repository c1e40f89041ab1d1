import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { AddressWindow } from './address-window.js';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

const ten = (): AddressWindow => new AddressWindow({ max: 10, windowMs: 60_000, addresses: 1_000 });
const countTimes = (window: AddressWindow, address: string, times: number): void => {
  for (let i = 0; i < times; i++) window.count(address);
};

describe('AddressWindow', () => {
  it('lets a number of events pass, then says how long to wait', () => {
    const window = ten();
    countTimes(window, '10.0.0.1', 9);
    expect(window.waitMs('10.0.0.1')).toBe(0);
    window.count('10.0.0.1');
    jest.advanceTimersByTime(20_000);
    expect(window.waitMs('10.0.0.1')).toBe(40_000);
    expect(window.waitMs('10.0.0.2')).toBe(0);
    jest.advanceTimersByTime(40_000);
    expect(window.waitMs('10.0.0.1')).toBe(0);
    window.count('10.0.0.1');
    expect(window.waitMs('10.0.0.1')).toBe(0);
  });

  it('counts a /64 of IPv6 as one address', () => {
    const window = ten();
    for (let i = 0; i < 10; i++) window.count(`2001:db8:1:2::${i.toString(16)}`);
    expect(window.waitMs('2001:db8:1:2:ffff::1')).toBeGreaterThan(0);
    expect(window.waitMs('2001:db8:1:3::1')).toBe(0);
    expect(window.waitMs('::1')).toBe(0);
  });

  it('counts an IPv4 address as one, even if it arrives as a mapped IPv6 address', () => {
    const window = ten();
    for (let i = 0; i < 5; i++) {
      window.count('203.0.113.9');
      window.count('::ffff:203.0.113.9');
    }
    expect(window.waitMs('203.0.113.9')).toBeGreaterThan(0);
    expect(window.waitMs('::FFFF:203.0.113.9')).toBeGreaterThan(0);
    expect(window.waitMs('::ffff:203.0.113.8')).toBe(0);
  });

  it('remembers a bounded number of addresses', () => {
    const window = ten();
    countTimes(window, 'first', 10);
    for (let i = 0; i < 1_000; i++) window.count(`address-${i}`);
    expect(window.waitMs('first')).toBe(0);
    expect(window.size).toBe(1_000);
  });
});
