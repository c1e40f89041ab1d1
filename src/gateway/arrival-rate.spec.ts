import { beforeEach, describe, expect, it } from '@jest/globals';
import { ArrivalRate } from './arrival-rate.js';

describe('ArrivalRate', () => {
  let nowMs: number;
  let rate: ArrivalRate;
  beforeEach(() => {
    nowMs = 1_000;
    rate = new ArrivalRate(() => nowMs);
  });

  /** Starts `count` arrivals at once; they finish one after the other, `everyMs` apart. */
  function crowd(count: number, everyMs: number): void {
    const through = Array.from({ length: count }, () => rate.begin());
    for (const done of through) {
      nowMs += everyMs;
      done();
    }
  }

  it('starts with the measured rate of one core', () => {
    expect(rate.perSecond).toBe(1_000);
  });

  it('follows the rate of crowds', () => {
    crowd(800, 2);
    expect(rate.perSecond).toBeGreaterThan(500);
    expect(rate.perSecond).toBeLessThan(510);
    crowd(800, 0.4);
    expect(rate.perSecond).toBeGreaterThan(2_400);
    expect(rate.perSecond).toBeLessThan(2_500);
  });

  it('learns nothing from arrivals one by one', () => {
    for (let n = 0; n < 1_000; n += 1) {
      crowd(1, 10);
      nowMs += 500;
    }
    expect(rate.perSecond).toBe(1_000);
  });

  it('excludes the time without arrivals', () => {
    for (let n = 0; n < 10; n += 1) {
      crowd(100, 2);
      nowMs += 60_000;
    }
    expect(rate.perSecond).toBeLessThan(510);
    expect(rate.perSecond).toBeGreaterThan(490);
  });

  it('stays between 100 and 10,000', () => {
    crowd(1_000, 5_000);
    expect(rate.perSecond).toBe(100);
    crowd(3_000, 0.001);
    expect(rate.perSecond).toBe(10_000);
  });
});
