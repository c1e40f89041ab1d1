import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { ConnectionRegistry } from '../../src/gateway/connection-registry.js';
import { DrainService } from '../../src/gateway/drain.service.js';
import { AppRig } from '../support/app-rig.js';
import type { Goodbye } from '../support/frames.js';

const SOCKETS = 40;

/**
 * Drains a node whose peers take `perSecond` sockets.
 * @returns the waits that its sockets were given, in order.
 */
async function drained(perSecond: number, drainMs: number) {
  const rig = await AppRig.start({ env: { DRAIN_MS: String(drainMs) } });
  try {
    jest.spyOn(rig.get(ConnectionRegistry).arrivals, 'perSecond', 'get').mockReturnValue(perSecond);
    const users = Array.from({ length: SOCKETS }, (_, index) => `user-${index}`);
    const sockets = await Promise.all(users.map((user) => rig.socket(user)));
    const began = performance.now();
    const draining = rig.get(DrainService).beforeApplicationShutdown();
    const told = sockets.map(async (socket) => {
      const { data } = await socket.next<Goodbye>('goodbye');
      const turnMs = performance.now() - began + data.retryAfterMs;
      return { ...data, turnMs, close: (await socket.ending()).code };
    });
    await draining;
    return (await Promise.all(told)).toSorted((one, other) => one.turnMs - other.turnMs);
  } finally {
    await rig.close();
  }
}

describe('a draining node', () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('paces its sockets to what the other nodes can take and keeps each until shortly before its turn', async () => {
    const turns = await drained(40, 10_000);
    for (const turn of turns) {
      expect(turn).toMatchObject({ code: 1012, reconnect: true, close: 1012 });
      expect(turn.retryAfterMs).toBeLessThanOrEqual(200);
    }
    // 1 s for 40 sockets: none comes before its turn; on a slow machine, some come later.
    turns.forEach(({ turnMs }, index) => expect(turnMs).toBeGreaterThanOrEqual(index * 25 - 50));
  });

  it('closes all sockets by half of its time if that is too short, and gives them turns after it', async () => {
    const turns = await drained(10, 200);
    const waits = turns.map(({ retryAfterMs }) => retryAfterMs).toSorted((one, other) => one - other);
    const steps = waits.slice(1).map((waitMs, index) => waitMs - (waits[index] ?? 0));
    expect(turns.every(({ close }) => close === 1012)).toBe(true);
    // 4 s for 40 sockets: one turn every 100 ms, announced at nearly the same moment.
    expect(steps.filter((stepMs) => stepMs >= 60 && stepMs <= 140).length).toBeGreaterThan(SOCKETS * 0.8);
  });
});
