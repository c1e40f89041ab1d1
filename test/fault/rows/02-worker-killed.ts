import { setTimeout as delay } from 'node:timers/promises';
import { duration, nowMs } from '../clock.js';
import { latency, pushesOf } from '../pushes.js';
import type { Row } from '../row.js';
import { users } from '../users.js';

const ACK_WAIT_MS = 2_000;
const OUTAGE_MS = 10_000;
/** Time until another worker takes over a job of the killed one: its lock, then a stalled check. */
const TAKE_OVER_MS = 15_000;

export const row: Row = {
  number: 2,
  title: 'kill −9 of a worker, then of all workers for 10 s',
  ci: true,
  bar: 'live push goes on without workers; a redelivery is late by ≤ 15 s',
  best: 'BullMQ with its defaults: 60 s',

  async run(stage) {
    const world = await stage.world({
      nodes: [
        { id: 'api', roles: ['api'] },
        { id: 'gateway', roles: ['gateway'] },
        { id: 'worker-1', roles: ['worker'] },
        { id: 'worker-2', roles: ['worker'] },
      ],
    });
    const forgetful = users(20).map((user) => `forgetful-${user}`);
    await stage.clients({ users: users(50) });
    await stage.clients({ users: forgetful, forgetful: true });
    await stage.publish({ ratePerSecond: 100, lanes: 10, to: 'users', users: users(50) });
    const body = { ackWaitMs: ACK_WAIT_MS, maxAttempts: 100 };
    await stage.publish({ ratePerSecond: 20, lanes: 4, to: 'users', users: forgetful, body, name: 'forgotten' });

    await delay(7_000);
    const one = stage.pick(['worker-1', 'worker-2']);
    const other = one === 'worker-1' ? 'worker-2' : 'worker-1';
    stage.say(`kill −9 ${one}, with ${other} still there`);
    await world.node(one).kill();
    const oneKilledAtMs = nowMs();
    await delay(TAKE_OVER_MS + 3_000);
    stage.say(`kill −9 ${other}: no worker at all`);
    await world.node(other).kill();
    const goneAtMs = nowMs();
    await delay(OUTAGE_MS);
    const backAtMs = nowMs();
    await Promise.all([world.node(one).restart(), world.node(other).restart()]);
    const readyAtMs = nowMs();
    stage.say(`both workers are back after ${duration(readyAtMs - goneAtMs)}`);
    await delay(5_000);
    await stage.judge();

    const pushes = pushesOf(stage.ledger);
    const meanwhile = pushes.filter(({ sentAtMs }) => sentAtMs > goneAtMs && sentAtMs < backAtMs - 2_000);
    stage.must(meanwhile.length > 0, 'something was pushed without workers');
    stage.must(
      meanwhile.every(({ handledAtMs }) => handledAtMs < backAtMs),
      'what was published without workers came without waiting for them',
    );
    const redelivered = pushes
      .filter(({ mark }) => mark.startsWith('forgotten/'))
      .map(({ acceptedAtMs, againAtMs = Infinity }) => ({ dueAtMs: acceptedAtMs + ACK_WAIT_MS, againAtMs }));
    // The killed worker may have held jobs that were due in the last seconds before the kill.
    const touchedMs = oneKilledAtMs - ACK_WAIT_MS;
    const healthy = redelivered.filter(({ dueAtMs }) => dueAtMs < touchedMs);
    const killed = redelivered.filter(
      ({ dueAtMs, againAtMs }) => dueAtMs >= touchedMs && (againAtMs < goneAtMs || dueAtMs < goneAtMs - TAKE_OVER_MS),
    );
    const gone = redelivered.filter(({ dueAtMs }) => dueAtMs >= goneAtMs && dueAtMs < readyAtMs);
    const most = (numbers: readonly number[]): string => duration(Math.max(0, ...numbers));
    const late = (ones: typeof redelivered): string => most(ones.map(({ dueAtMs, againAtMs }) => againAtMs - dueAtMs));
    return {
      'push without workers': latency(meanwhile),
      'redelivery late, healthy': late(healthy),
      'one of two killed': late(killed),
      'none for 10 s': late(gone),
      'of that after they were ready again': most(gone.map(({ againAtMs }) => againAtMs - readyAtMs)),
    };
  },
};
