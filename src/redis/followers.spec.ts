import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Followers } from './followers.js';
import { nodeOf } from './redis.node.js';

const SETTLE_MS = 3_000;

describe('the replicas that a write waits for', () => {
  const info = (history: string, offset: number, replicaOffsets: number[]): ReturnType<typeof nodeOf> =>
    nodeOf(
      [
        `master_replid:${history}`,
        `master_repl_offset:${offset}`,
        ...replicaOffsets.map((acked, n) => `slave${n}:ip=127.0.0.1,port=${n},state=online,offset=${acked},lag=0`),
      ].join('\r\n'),
    );
  const follow = (...replicaOffsets: number[]): Followers => {
    const followers = new Followers({ atLeast: 1, settleMs: SETTLE_MS });
    followers.learn(info('a', 100, replicaOffsets), 0);
    return followers;
  };

  it('are all that follow, and never fewer than are asked for', () => {
    expect(follow(100, 90).wanted).toBe(2);
    expect(follow().wanted).toBe(1);
    expect(follow().confirms(0, 1, 1)).toBe(false);
  });

  it('are fewer only some time after one has left', () => {
    const followers = follow(100, 100);
    expect(followers.confirms(1, 2, 1_000)).toBe(false);
    expect(followers.isSettling).toBe(true);
    expect(followers.confirms(1, 2, 3_999)).toBe(false);
    expect(followers.wanted).toBe(2);
    expect(followers.confirms(1, 2, 4_000)).toBe(true);
    expect([followers.wanted, followers.isSettling]).toEqual([1, false]);
  });

  it('are all again when it is back in time', () => {
    const followers = follow(100, 100);
    expect(followers.confirms(1, 2, 1_000)).toBe(false);
    expect(followers.confirms(2, 2, 2_000)).toBe(true);
    expect(followers.confirms(1, 2, 4_500)).toBe(false);
  });

  it('are not fewer by two when the second has left just now', () => {
    const followers = new Followers({ atLeast: 1, settleMs: SETTLE_MS });
    followers.learn(info('a', 100, [100, 100, 100]), 0);
    expect(followers.confirms(2, 3, 1_000)).toBe(false);
    expect(followers.confirms(1, 3, 3_900)).toBe(false);
    expect(followers.confirms(1, 3, 4_100)).toBe(false);
    expect(followers.wanted).toBe(2);
    expect(followers.confirms(1, 2, 6_900)).toBe(true);
  });

  it('settle while nothing is written', () => {
    const followers = follow(100, 100);
    followers.learn(info('a', 100, [100]), 1_000);
    followers.learn(info('a', 100, [100]), 4_000);
    expect([followers.wanted, followers.confirms(1, 1, 4_001)]).toEqual([1, true]);
  });

  it('count one that joins, but no write that was sent before', () => {
    const followers = follow(100);
    followers.learn(info('a', 100, [100, 100]), 10);
    expect(followers.wanted).toBe(2);
    expect(followers.confirms(1, 1, 20)).toBe(true);
    expect([followers.wanted, followers.isSettling]).toEqual([2, false]);
  });

  it('do not count one that hangs, though INFO calls it online', () => {
    const followers = follow(100, 100);
    followers.learn(info('a', 200, [200, 100]), 1_000);
    followers.learn(info('a', 300, [300, 100]), 2_000);
    expect(followers.isSettling).toBe(true);
    followers.learn(info('a', 400, [400, 100]), 5_000);
    expect(followers.wanted).toBe(1);
  });

  it('begin anew behind another primary and go on behind the same', () => {
    const followers = follow(100, 100);
    followers.learn(info('a', 100, [100]), 10);
    expect([followers.wanted, followers.isSettling]).toEqual([2, true]);
    followers.learn(info('b', 100, [100]), 20);
    expect([followers.wanted, followers.isSettling]).toEqual([1, false]);
  });

  it('are no more than were asked for where nothing settles', () => {
    const followers = new Followers({ atLeast: 1, settleMs: 0 });
    followers.learn(info('a', 100, [100, 100]), 0);
    expect(followers.confirms(2, 1, 1)).toBe(true);
    expect(followers.wanted).toBe(1);
    expect([followers.confirms(1, 1, 2), followers.confirms(0, 1, 3), followers.confirms(1, 1, 4)]).toEqual([
      true,
      false,
      true,
    ]);
  });

  it('confirm nothing that one lacks which answered less than the settling time ago', () => {
    const steps = fc.array(fc.record({ held: fc.nat(3), afterMs: fc.nat(2_000) }), { maxLength: 60 });
    fc.assert(
      fc.property(steps, (taken) => {
        const followers = follow(100, 100);
        let nowMs = 0;
        let lastOf = new Map([1, 2].map((held) => [held, 0]));
        for (const { held, afterMs } of taken) {
          nowMs += afterMs;
          const confirmed = followers.confirms(held, followers.wanted, nowMs);
          const recent = [...lastOf].filter(([, atMs]) => nowMs - atMs < SETTLE_MS).map(([count]) => count);
          if (confirmed) expect(held).toBeGreaterThanOrEqual(Math.max(1, ...recent));
          lastOf = new Map([...lastOf, ...[1, 2, 3].slice(0, held).map((count): [number, number] => [count, nowMs])]);
        }
      }),
    );
  });
});
