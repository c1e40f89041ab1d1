import { seededRandom } from '../../support/seeded-random.js';

/** Every decision of a run, from its seed. */
export class Chance {
  private readonly next: () => number;

  constructor(readonly seed: number) {
    this.next = seededRandom(seed);
  }

  /** A whole number from 0 to below `end`. */
  below(end: number): number {
    return Math.floor(this.next() * end);
  }

  is(share: number): boolean {
    return this.next() < share;
  }

  pick<T>(list: readonly T[]): T {
    const picked = list[this.below(list.length)];
    if (picked === undefined) throw new Error('nothing to pick from');
    return picked;
  }

  /** 1, less often 2, hardly ever many. */
  few(): number {
    let count = 1;
    while (count < 8 && this.is(0.35)) count++;
    return count;
  }
}
