import { describe, expect, it } from '@jest/globals';
import slotOf from 'cluster-key-slot';
import fc from 'fast-check';
import { PARTITIONS, partitionOf, partitionPrefix } from './partition.js';

describe('partitions', () => {
  it('match the hash slots of Redis Cluster', () => {
    const name = fc.string({ unit: fc.constantFrom(...'azAZ09._:@|+=~- '), maxLength: 300 });
    fc.assert(
      fc.property(name, (text) => expect(partitionOf(text)).toBe(slotOf(text) % PARTITIONS)),
      { numRuns: 2_000 },
    );
  });

  it('are numbered from 0 and stable for each name', () => {
    fc.assert(
      fc.property(fc.string(), (name) => {
        const partition = partitionOf(name);
        expect(partition).toBe(partitionOf(name));
        expect(partition >= 0 && partition < PARTITIONS).toBe(true);
      }),
    );
  });

  it('never change, because stored keys depend on them', () => {
    expect(['main:user:ada', 'main:public.news', 'main:all'].map(partitionOf)).toEqual([21, 26, 29]);
    expect(partitionPrefix('pr', 7)).toBe('pr:{7}:');
  });
});
