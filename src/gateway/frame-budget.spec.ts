import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { FrameBudget } from './frame-budget.js';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

const budget = (): FrameBudget => new FrameBudget({ framesPerSecond: 10, framesBurst: 100 });
const spend = (from: FrameBudget, frames: number): number => {
  let within = 0;
  for (let i = 0; i < frames; i++) if (from.spend(1, performance.now())) within++;
  return within;
};

describe('FrameBudget', () => {
  it('allows a burst at once, and then the steady rate', () => {
    const own = budget();
    expect(spend(own, 150)).toBe(100);
    expect(own.debtMs).toBe(5_000);
    jest.advanceTimersByTime(5_000);
    expect(own.spend(0, performance.now())).toBe(true);
    jest.advanceTimersByTime(2_000);
    expect(spend(own, 30)).toBe(20);
  });

  it('never holds more than the burst', () => {
    const own = budget();
    spend(own, 101);
    jest.advanceTimersByTime(1_000_000);
    expect(spend(own, 300)).toBe(100);
  });

  it('is overdrawn at once by a larger cost', () => {
    const own = budget();
    expect(own.spend(100, performance.now())).toBe(true);
    expect(own.spend(64, performance.now())).toBe(false);
  });

  it('forgets strikes only after it had time to be full again', () => {
    const own = budget();
    spend(own, 101);
    expect([own.strike(), own.strike()]).toEqual([1, 2]);
    jest.advanceTimersByTime(9_000);
    spend(own, 100);
    expect(own.strike()).toBe(3);
    jest.advanceTimersByTime(12_000);
    spend(own, 200);
    expect(own.strike()).toBe(1);
  });

  it('remembers strikes over a rest that only pays its debt, however long', () => {
    const own = budget();
    spend(own, 1_100);
    expect(own.strike()).toBe(1);
    jest.advanceTimersByTime(own.debtMs);
    expect(own.spend(1, performance.now())).toBe(false);
    expect(own.strike()).toBe(2);
  });
});
