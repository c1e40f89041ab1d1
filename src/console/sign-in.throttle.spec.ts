import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { SignInThrottle } from './sign-in.throttle.js';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

const failTimes = (throttle: SignInThrottle, address: string, times: number): void => {
  for (let i = 0; i < times; i++) throttle.failed(address);
};

describe('SignInThrottle', () => {
  it('lets ten failures a minute pass, then tells when to come back', () => {
    const throttle = new SignInThrottle();
    failTimes(throttle, '10.0.0.1', 9);
    expect(() => throttle.requirePatience('10.0.0.1')).not.toThrow();
    throttle.failed('10.0.0.1');
    jest.advanceTimersByTime(20_000);
    expect(() => throttle.requirePatience('10.0.0.1')).toThrow(
      expect.objectContaining({ code: 'rate_limited', retryAfterMs: 40_000 }),
    );
    expect(() => throttle.requirePatience('10.0.0.2')).not.toThrow();
    jest.advanceTimersByTime(40_000);
    expect(() => throttle.requirePatience('10.0.0.1')).not.toThrow();
    throttle.failed('10.0.0.1');
    expect(() => throttle.requirePatience('10.0.0.1')).not.toThrow();
  });

  it('counts a /64 of IPv6 as one address', () => {
    const throttle = new SignInThrottle();
    for (let i = 0; i < 10; i++) throttle.failed(`2001:db8:1:2::${i.toString(16)}`);
    expect(() => throttle.requirePatience('2001:db8:1:2:ffff::1')).toThrow('Too many wrong keys');
    expect(() => throttle.requirePatience('2001:db8:1:3::1')).not.toThrow();
    expect(() => throttle.requirePatience('::1')).not.toThrow();
  });

  it('remembers a bounded number of addresses', () => {
    const throttle = new SignInThrottle();
    failTimes(throttle, 'first', 10);
    for (let i = 0; i < 10_000; i++) throttle.failed(`address-${i}`);
    expect(() => throttle.requirePatience('first')).not.toThrow();
  });
});
