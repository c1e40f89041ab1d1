import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { RedisClock } from '../clock/redis-clock.js';

const START_MS = 1_772_366_400_000;

/** Machine with an adjustable wall clock and a monotonic clock. */
class Machine {
  ticksMs = 5_000;
  aheadMs = 0;
  readonly monotonic = (): number => this.ticksMs;
  readonly wall = (): number => START_MS + this.ticksMs + this.aheadMs;
  /** Clock of Redis at the same moment. */
  redisAt = (ticksMs: number): number => START_MS + ticksMs;
}

describe('RedisClock', () => {
  it('uses the clock of the node until Redis has been asked', () => {
    const machine = new Machine();
    machine.aheadMs = 90_000;
    expect(new RedisClock(machine).now()).toBe(START_MS + 95_000);
  });

  it("ignores changes of the node's wall clock", () => {
    const machine = new Machine();
    machine.aheadMs = 90_000;
    const clock = new RedisClock(machine);
    clock.observe(machine.ticksMs, machine.redisAt(machine.ticksMs), machine.ticksMs);
    for (const aheadMs of [90_000, -3_600_000, 3_600_000]) {
      machine.aheadMs = aheadMs;
      machine.ticksMs += 1_000;
      expect(clock.now()).toBe(machine.redisAt(machine.ticksMs));
      expect(clock.wallAheadMs).toBe(aheadMs);
    }
  });

  it('follows the clock of Redis when it is set or another machine answers', () => {
    const machine = new Machine();
    const clock = new RedisClock(machine);
    for (const setMs of [0, 3_600_000, -3_600_000]) {
      clock.observe(machine.ticksMs, machine.redisAt(machine.ticksMs) + setMs, machine.ticksMs + 2);
      expect(Math.abs(clock.now() - machine.redisAt(machine.ticksMs) - setMs)).toBeLessThanOrEqual(2);
    }
  });

  it('is not misled by a slow answer', () => {
    const machine = new Machine();
    const clock = new RedisClock(machine);
    clock.observe(5_000, machine.redisAt(5_000), 5_001);
    clock.observe(6_000, machine.redisAt(6_001), 46_000);
    machine.ticksMs = 46_000;
    expect(Math.abs(clock.now() - machine.redisAt(46_000))).toBeLessThan(50);
  });

  it('is never further off than the fastest answer plus drift', () => {
    const answers = fc.array(
      fc.record({
        pause: fc.nat(10_000),
        there: fc.nat(3_000),
        back: fc.nat(3_000),
        ppm: fc.integer({ min: -400, max: 400 }),
      }),
      { minLength: 1, maxLength: 50 },
    );
    fc.assert(
      fc.property(answers, (list) => {
        const machine = new Machine();
        const clock = new RedisClock(machine);
        let redisMs = START_MS;
        const run = (ms: number, ppm: number): void => {
          machine.ticksMs += ms;
          redisMs += ms * (1 + ppm / 1e6);
        };
        let boundMs = Number.POSITIVE_INFINITY;
        for (const { pause, there, back, ppm } of list) {
          run(pause, ppm);
          const sent = machine.ticksMs;
          run(there, ppm);
          const said = redisMs;
          run(back, ppm);
          clock.observe(sent, said, machine.ticksMs);
          const took = pause + there + back;
          boundMs = Math.min(there + back, boundMs + 0.002 * took) + 0.001 * (there + back);
          expect(Number.isInteger(clock.now())).toBe(true);
          expect(Math.abs(clock.now() - redisMs)).toBeLessThanOrEqual(boundMs / 2 + 2);
        }
      }),
    );
  });
});
