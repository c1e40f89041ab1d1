import { seededRandom } from '../../support/seeded-random.js';

/** Source of every random decision of a run, seeded. */
export class Chance {
  private readonly next: () => number;

  constructor(readonly seed: number) {
    this.next = seededRandom(seed);
  }

  /** Returns an integer from 0 to below `end`. */
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

  /** Returns mostly 1, less often 2, and rarely a large number. */
  few(): number {
    let count = 1;
    while (count < 8 && this.is(0.35)) count++;
    return count;
  }
}
