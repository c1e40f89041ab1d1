import { describe, expect, it } from '@jest/globals';
import { Tally } from './tally';

const of = (offsets: readonly number[], topic = 'chat', epoch = 'e1', tally = new Tally()): Tally => {
  for (const offset of offsets) tally.add(topic, epoch, offset);
  return tally;
};

describe('the tally of a side', () => {
  it('counts messages', () => expect(of([1, 2, 3]).count).toEqual({ received: 3, twice: 0, unordered: 0 }));

  it('notices repeated messages', () =>
    expect(of([1, 2, 2, 1]).count).toEqual({ received: 2, twice: 2, unordered: 0 }));

  it('notices a message below an earlier one', () =>
    expect(of([1, 4, 3, 2, 5]).count).toEqual({ received: 5, twice: 0, unordered: 2 }));

  it('accepts holes, as the protocol does', () =>
    expect(of([1, 7, 9]).count).toEqual({ received: 3, twice: 0, unordered: 0 }));

  it('keeps topics and their numberings apart', () => {
    const tally = of([5, 6]);
    of([1, 2], 'read', 'e1', tally);
    expect(of([1, 2], 'chat', 'e2', tally).count).toEqual({ received: 6, twice: 0, unordered: 0 });
  });
});
