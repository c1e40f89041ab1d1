import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type CollectedTopic, addOffsets, itemOf, takeOut } from './collected-acks.js';
import type { TopicFeed } from './topic-feed.js';

const acked = fc.record({
  upTo: fc.option(fc.integer({ min: 1, max: 1_000 }), { nil: undefined }),
  offsets: fc.uniqueArray(fc.integer({ min: 1, max: 2_000 }), { maxLength: 400 }),
});

it('every ack goes out once, in bounded calls, and waiting callers are notified with the last part', () => {
  const property = fc.property(fc.array(acked, { minLength: 1, maxLength: 30 }), (sessions) => {
    const topic: CollectedTopic = {
      feed: {} as TopicFeed,
      name: 'main:news',
      partition: 0,
      epoch: 'e',
      sessions: new Map(),
      hasOffsets: false,
    };
    const told: string[] = [];
    sessions.forEach(({ upTo, offsets }, index) => {
      const item = itemOf(topic, `s${index}`);
      if (upTo !== undefined) item.upTo = upTo;
      if (offsets.length > 0) addOffsets(topic, item, offsets);
      item.waiting = [() => told.push(`s${index}`)];
    });
    const left = new Map(sessions.map(({ offsets }, index) => [`s${index}`, new Set(offsets)]));
    const cumulative = new Map<string, number>();
    for (let call = 0; ; call++) {
      expect(call).toBeLessThan(1_000);
      const part = takeOut(topic, { sessions: 5, offsets: 200 });
      if (!part) break;
      expect(part.sessions.size).toBeLessThanOrEqual(Math.max(5, part === topic ? sessions.length : 5));
      let count = 0;
      for (const [session, { upTo, offsets = new Set<number>(), waiting = [] }] of part.sessions) {
        count += offsets.size;
        if (upTo !== undefined) cumulative.set(session, upTo);
        for (const offset of offsets) expect(left.get(session)?.delete(offset)).toBe(true);
        if (waiting.length > 0) expect(left.get(session)?.size).toBe(0);
        for (const one of waiting) one('stored');
      }
      expect(count).toBeLessThanOrEqual(200);
      if (part === topic) break;
      if (topic.sessions.size === 0) break;
    }
    expect([...left.values()].every(({ size }) => size === 0)).toBe(true);
    expect(told.toSorted()).toEqual(sessions.map((_, index) => `s${index}`).toSorted());
    sessions.forEach(({ upTo }, index) => expect(cumulative.get(`s${index}`)).toBe(upTo));
  });
  fc.assert(property, { numRuns: 300 });
});
