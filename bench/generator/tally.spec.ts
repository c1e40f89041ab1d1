import { describe, expect, it } from '@jest/globals';
import { Tally } from './tally.js';

const FIRST = 7;

function setUp(copies = 1): { tally: Tally; over: () => number; post: ReturnType<Tally['issue']> } {
  let count = 0;
  const tally = new Tally(FIRST);
  const post = tally.issue(2, copies, performance.now(), () => (count += 1));
  return { tally, post, over: () => count };
}

describe('the tally of a load', () => {
  it('counts a POST as done once it is answered and everything in it has arrived', () => {
    const { tally, post, over } = setUp();
    tally.answered(post);
    tally.arrived(FIRST);
    expect(over()).toBe(0);
    tally.arrived(FIRST + 1);
    expect({ over: over(), open: tally.open, delivered: tally.delivered }).toEqual({ over: 1, open: 0, delivered: 2 });
  });

  it('expects as many copies of each message as there are receivers', () => {
    const { tally } = setUp(3);
    for (let copy = 0; copy < 4; copy += 1) tally.arrived(FIRST);
    const { expected, delivered, twice } = tally;
    expect({ expected, delivered, twice }).toEqual({ expected: 6, delivered: 3, twice: 1 });
  });

  it('expects nothing of refused items', () => {
    const { tally, post, over } = setUp();
    tally.refused(post, 2);
    tally.arrived(FIRST);
    expect({ over: over(), open: tally.open, expected: tally.expected }).toEqual({ over: 1, open: 0, expected: 0 });
  });

  it('ignores messages of other loads', () => {
    const { tally } = setUp();
    tally.arrived(FIRST - 1);
    tally.arrived(FIRST + 2);
    expect({ delivered: tally.delivered, twice: tally.twice }).toEqual({ delivered: 0, twice: 0 });
  });
});
