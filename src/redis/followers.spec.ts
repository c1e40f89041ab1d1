import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Followers } from './followers.js';
import { primaryOf } from './redis-primary.js';

const SETTLE_MS = 3_000;
const FAILOVER_MS = 4 * SETTLE_MS;
const NONE = '0'.repeat(40);

describe('the replicas required for a write', () => {
  const info = (
    history: string,
    offset: number,
    replicaOffsets: number[],
    former = NONE,
  ): ReturnType<typeof primaryOf> =>
    primaryOf(
      [
        `master_replid:${history}`,
        `master_replid2:${former}`,
        `master_repl_offset:${offset}`,
        ...replicaOffsets.map((acked, n) => `slave${n}:ip=127.0.0.1,port=${n},state=online,offset=${acked},lag=0`),
      ].join('\r\n'),
    );
  const follow = (...replicaOffsets: number[]): Followers => {
    const followers = new Followers({ atLeast: 1, settleMs: SETTLE_MS });
    followers.learn(info('a', 100, replicaOffsets), 0, 0);
    return followers;
  };

  it('are all followers, and never fewer than configured', () => {
    expect(follow(100, 90).wanted).toBe(2);
    expect(follow().wanted).toBe(1);
    expect(follow().confirms(0, 1, 1)).toBe(false);
  });

  it('become fewer only some time after one has left', () => {
    const followers = follow(100, 100);
    expect(followers.confirms(1, 2, 1_000)).toBe(false);
    expect(followers.isSettling).toBe(true);
    expect(followers.confirms(1, 2, 3_999)).toBe(false);
    expect(followers.wanted).toBe(2);
    expect(followers.confirms(1, 2, 4_000)).toBe(true);
    expect([followers.wanted, followers.isSettling]).toEqual([1, false]);
  });

  it('report how long it takes until fewer suffice', () => {
    const followers = follow(100, 100);
    expect(followers.settlesInMs(0)).toBe(Infinity);
    expect(followers.confirms(1, 2, 1_000)).toBe(false);
    expect(followers.settlesInMs(2_000)).toBe(2_000);
    expect(followers.settlesInMs(9_000)).toBe(0);
    const alone = follow(100);
    expect(alone.confirms(0, 1, 1_000)).toBe(false);
    expect(alone.settlesInMs(2_000)).toBe(Infinity);
  });

  it('are all again if the lost one returns in time', () => {
    const followers = follow(100, 100);
    expect(followers.confirms(1, 2, 1_000)).toBe(false);
    expect(followers.confirms(2, 2, 2_000)).toBe(true);
    expect(followers.confirms(1, 2, 4_500)).toBe(false);
  });

  it('do not drop by two when the second has only just left', () => {
    const followers = new Followers({ atLeast: 1, settleMs: SETTLE_MS });
    followers.learn(info('a', 100, [100, 100, 100]), 0, 0);
    expect(followers.confirms(2, 3, 1_000)).toBe(false);
    expect(followers.confirms(1, 3, 3_900)).toBe(false);
    expect(followers.confirms(1, 3, 4_100)).toBe(false);
    expect(followers.wanted).toBe(2);
    expect(followers.confirms(1, 2, 6_900)).toBe(true);
  });

  it('settle even without writes', () => {
    const followers = follow(100, 100);
    followers.learn(info('a', 100, [100]), 0, 1_000);
    followers.learn(info('a', 100, [100]), 0, 4_000);
    expect([followers.wanted, followers.confirms(1, 1, 4_001)]).toEqual([1, true]);
  });

  it('include one that joins, but not for writes sent before', () => {
    const followers = follow(100);
    followers.learn(info('a', 100, [100, 100]), 0, 10);
    expect(followers.wanted).toBe(2);
    expect(followers.confirms(1, 1, 20)).toBe(true);
    expect([followers.wanted, followers.isSettling]).toEqual([2, false]);
  });

  it('exclude one that hangs, although INFO reports it as online', () => {
    const followers = follow(100, 100);
    followers.learn(info('a', 200, [200, 100]), 0, 1_000);
    followers.learn(info('a', 300, [300, 100]), 0, 2_000);
    expect(followers.isSettling).toBe(true);
    followers.learn(info('a', 400, [400, 100]), 0, 5_000);
    expect(followers.wanted).toBe(1);
  });

  it('start over behind a promoted replica and continue behind the same primary', () => {
    const followers = follow(100, 100);
    followers.learn(info('a', 100, [100]), 0, 10);
    expect([followers.wanted, followers.isSettling]).toEqual([2, true]);
    followers.learn(info('b', 100, [100], 'a'), 2, 20);
    expect([followers.wanted, followers.isSettling]).toEqual([1, false]);
  });

  it.each([
    ['has restarted', 'c', NONE],
    ['has a history unknown to this process', 'c', 'unknown'],
  ])('keep their number behind a primary that %s, until a failover would be over', (_, history, former) => {
    const followers = follow(100, 100);
    followers.learn(info(history, 10, [10], former), 0, 20);
    expect([followers.wanted, followers.isSettling]).toEqual([2, true]);
    expect(followers.confirms(1, 2, 19 + FAILOVER_MS)).toBe(false);
    expect(followers.confirms(1, 2, 20 + FAILOVER_MS)).toBe(true);
  });

  it('suffice for a restarted primary as soon as the same number follows again', () => {
    const followers = follow(100, 100);
    followers.learn(info('c', 10, []), 0, 20);
    expect([followers.confirms(1, 2, 30), followers.confirms(2, 2, 40)]).toEqual([false, true]);
    expect(followers.confirms(1, 2, 50)).toBe(false);
    expect(followers.confirms(1, 2, 50 + SETTLE_MS)).toBe(true);
  });

  it('start over behind a replica promoted before it followed the restarted primary', () => {
    const followers = follow(100, 100);
    followers.learn(info('c', 10, [10]), 0, 20);
    followers.learn(info('b', 100, [], 'a'), 2, 30);
    expect([followers.wanted, followers.isSettling]).toEqual([1, false]);
  });

  it('keep their number behind a primary that was left for a promoted one', () => {
    const followers = new Followers({ atLeast: 1, settleMs: SETTLE_MS });
    followers.learn(info('z', 100, [100, 100]), 0, 0);
    followers.learn(info('a', 100, [100, 100], 'z'), 0, 10);
    followers.learn(info('b', 100, [100, 100], 'a'), 0, 20);
    followers.learn(info('a', 100, [100], 'z'), 0, 30);
    expect([followers.wanted, followers.confirms(1, 2, 30 + SETTLE_MS)]).toEqual([2, false]);
  });

  it('have the number stored in the data when a process first sees a primary', () => {
    const followers = new Followers({ atLeast: 1, settleMs: SETTLE_MS });
    followers.learn(info('a', 100, [100]), 2, 10);
    expect([followers.wanted, followers.isSettling]).toEqual([2, true]);
    expect(followers.confirms(1, 2, 9 + FAILOVER_MS)).toBe(false);
    followers.learn(info('a', 100, [100, 100]), 2, FAILOVER_MS);
    expect([followers.wanted, followers.isSettling]).toEqual([2, false]);
  });

  it('do not exceed the configured number without a settling time', () => {
    const followers = new Followers({ atLeast: 1, settleMs: 0 });
    followers.learn(info('a', 100, [100, 100]), 0, 0);
    expect(followers.confirms(2, 1, 1)).toBe(true);
    expect(followers.wanted).toBe(1);
    expect([followers.confirms(1, 1, 2), followers.confirms(0, 1, 3), followers.confirms(1, 1, 4)]).toEqual([
      true,
      false,
      true,
    ]);
  });

  it('confirm nothing that a replica lacks which answered less than the settling time ago', () => {
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

  it('confirm nothing, behind a returning primary, that its replacement lacks', () => {
    const time = (max: number): fc.Arbitrary<number> => fc.nat(max);
    const story = fc.record({
      isFresh: fc.boolean(),
      /**
       * After the process has connected. The failover completes with the last replica before it is
       * ruled out.
       */
      otherFollowsMs: time(FAILOVER_MS),
      promotedFollowsMs: time(2 * FAILOVER_MS),
      promotedMs: time(FAILOVER_MS - SETTLE_MS),
      turnsMs: time(SETTLE_MS - 1),
      steps: fc.array(fc.record({ looks: fc.boolean(), afterMs: fc.nat(1_500) }), { minLength: 20, maxLength: 60 }),
    });
    fc.assert(
      fc.property(story, ({ isFresh, otherFollowsMs, promotedFollowsMs, promotedMs, turnsMs, steps }) => {
        const startMs = 1_000;
        const followers = isFresh ? new Followers({ atLeast: 1, settleMs: SETTLE_MS }) : follow(100, 100);
        const followAt = (atMs: number): number =>
          [
            [otherFollowsMs, promotedMs + turnsMs],
            [promotedFollowsMs, promotedMs],
          ].filter(([fromMs = 0, untilMs = 0]) => fromMs <= atMs && atMs < untilMs).length;
        const look = (atMs: number): void => {
          const offsets = Array.from({ length: followAt(atMs) }, () => atMs);
          followers.learn(info('c', atMs, offsets), isFresh ? 2 : 0, startMs + atMs);
        };
        look(0);
        let atMs = 0;
        for (const { looks, afterMs } of steps) {
          atMs += afterMs;
          if (looks) look(atMs);
          else if (followers.confirms(followAt(atMs), followers.wanted, startMs + atMs)) {
            expect({ atMs, isHeld: Math.max(atMs, promotedFollowsMs) < promotedMs }).toEqual({ atMs, isHeld: true });
          }
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
