import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Flight, InFlight } from './in-flight.js';

const flight = (offset: number): Flight => ({
  offset,
  attempt: 1,
  sentAtMs: 0,
  kind: 0,
  trace: undefined,
  againAtMs: 0,
});

const nth = fc.nat({ max: 40 });
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('add' as const), nth }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constantFrom('remove' as const, 'takeUpTo' as const, 'get' as const), nth }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('clear' as const), nth }) },
);

it('holds unacknowledged notifications in the order of their offsets', () => {
  const property = fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
    const flights = new InFlight();
    let model: number[] = [];
    let last = 0;
    for (const { do: what, nth: distance } of steps) {
      // Among the existing offsets, or right next to them.
      const offset = Math.max(1, last - distance);
      if (what === 'add') {
        last += 1 + (distance % 3);
        flights.add(flight(last));
        model.push(last);
      } else if (what === 'get') {
        expect(flights.get(offset)?.offset).toBe(model.find((one) => one === offset));
      } else if (what === 'remove') {
        expect(flights.remove(offset)?.offset).toBe(model.find((one) => one === offset));
        model = model.filter((one) => one !== offset);
      } else if (what === 'takeUpTo') {
        expect(flights.takeUpTo(offset).map((taken) => taken.offset)).toEqual(model.filter((one) => one <= offset));
        model = model.filter((one) => one > offset);
      } else {
        flights.clear();
        model = [];
      }
      expect(flights.all.map((kept) => kept.offset)).toEqual(model);
      expect(flights.size).toBe(model.length);
    }
  });
  fc.assert(property, { numRuns: 2_000 });
});

it('shares nothing with another instance', () => {
  const [one, other] = [new InFlight(), new InFlight()];
  one.add(flight(1));
  one.remove(1);
  one.add(flight(2));
  expect(other.size).toBe(0);
});
