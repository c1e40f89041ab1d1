import { expect, it } from '@jest/globals';
import slotOf from 'cluster-key-slot';
import fc from 'fast-check';
import { PARTITIONS, partitionOf } from './partition.js';

it('puts a name where the hash slots of Redis Cluster put it', () => {
  const name = fc.string({ unit: fc.constantFrom(...'azAZ09._:@|+=~- '), maxLength: 300 });
  fc.assert(
    fc.property(name, (text) => expect(partitionOf(text)).toBe(slotOf(text) % PARTITIONS)),
    { numRuns: 2_000 },
  );
});
