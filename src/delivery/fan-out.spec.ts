import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { until } from '../../test/support/wait.js';
import { FanOut } from './fan-out.js';

const FEW = 100;
const MANY = 1_200;

/** Listeners to a topic that keeps growing. */
class Audience {
  news = 0;
  done = 0;
  pumps = 0;
  /** Callbacks by number of the pump. */
  readonly whilePumping = new Map<number, () => void>();
  /** Callbacks by number of completed rounds. */
  readonly whenDone = new Map<number, () => void>();
  readonly sweep: FanOut;
  private readonly seen: number[];

  constructor(size: number) {
    this.seen = Array.from({ length: size }, () => 0);
    const all = new Set(this.seen.map((_, place) => ({ pump: () => this.pump(place) })));
    this.sweep = new FanOut(all, () => this.whenDone.get(++this.done)?.());
  }

  publish(): void {
    this.news++;
    this.sweep.start();
  }

  get sweeps(): number {
    return this.pumps / this.seen.length;
  }

  /** Number of listeners that have not received everything. */
  get behind(): number {
    return this.seen.filter((news) => news < this.news).length;
  }

  async settled(): Promise<void> {
    await until(() => !this.sweep.isUnderWay, { timeoutMs: 5_000, what: 'no fan-out is in progress' });
  }

  private pump(place: number): void {
    this.seen[place] = this.news;
    this.whilePumping.get(++this.pumps)?.();
  }
}

describe('a fan-out', () => {
  it('serves a few listeners synchronously', () => {
    const audience = new Audience(FEW);
    audience.publish();
    audience.publish();
    expect({ behind: audience.behind, sweeps: audience.sweeps }).toEqual({ behind: 0, sweeps: 2 });
    expect(audience.sweep.isUnderWay).toBe(false);
  });

  it('serves many listeners in slices, with other work in between', async () => {
    const audience = new Audience(MANY);
    audience.publish();
    const first = MANY - audience.behind;
    expect(first).toBeLessThan(MANY);
    await turn();
    expect(audience.behind).toBeLessThan(MANY - first);
    await audience.settled();
    expect({ behind: audience.behind, sweeps: audience.sweeps, done: audience.done }).toEqual({
      behind: 0,
      sweeps: 1,
      done: 1,
    });
  });

  it('combines entries that arrive while the loop does other work', async () => {
    const audience = new Audience(MANY);
    audience.whilePumping.set(1, () => {
      const untilMs = performance.now() + 20;
      while (performance.now() < untilMs);
    });
    let behind: number | undefined;
    audience.whenDone.set(1, () => {
      for (let i = 0; i < 5; i++) audience.publish();
      behind = audience.behind;
    });
    audience.publish();
    await audience.settled();
    expect(behind).toBe(MANY);
    expect({ behind: audience.behind, sweeps: audience.sweeps }).toEqual({ behind: 0, sweeps: 2 });
  });

  it('leaves nobody behind, whenever entries arrive', async () => {
    const size = fc.integer({ min: FEW + 1, max: MANY });
    const at = fc.array(fc.integer({ min: 1, max: 3 * MANY }), { maxLength: 5 });
    const property = fc.asyncProperty(size, at, async (count, moments) => {
      const audience = new Audience(count);
      for (const pump of moments) audience.whilePumping.set(pump, () => audience.publish());
      audience.publish();
      await audience.settled();
      expect(audience.behind).toBe(0);
      expect(audience.done).toBeGreaterThan(0);
    });
    await fc.assert(property, { numRuns: 100 });
  });
});
