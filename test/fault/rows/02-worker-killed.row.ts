import { setTimeout as delay } from 'node:timers/promises';
import { duration, nowMs } from '../clock.js';
import { latency, pushesOf } from '../pushes.js';
import type { Row } from '../row.js';
import { users } from '../users.js';

const ACK_WAIT_MS = 2_000;
const OUTAGE_MS = 10_000;

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

    await delay(3_000);
    const one = stage.pick(['worker-1', 'worker-2']);
    const other = one === 'worker-1' ? 'worker-2' : 'worker-1';
    stage.say(`kill −9 ${one}, with ${other} still there`);
    await world.node(one).kill();
    const oneKilledAtMs = nowMs();
    await delay(8_000);
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
    const latest = (fromMs: number, toMs: number): string =>
      duration(
        redelivered
          .filter(({ dueAtMs }) => dueAtMs >= fromMs && dueAtMs < toMs)
          .reduce((most, { dueAtMs, againAtMs }) => Math.max(most, againAtMs - dueAtMs), 0),
      );
    const afterReady = redelivered
      .filter(({ dueAtMs }) => dueAtMs >= goneAtMs && dueAtMs < readyAtMs)
      .reduce((most, { againAtMs }) => Math.max(most, againAtMs - readyAtMs), 0);
    return {
      'push without workers': latency(meanwhile),
      'redelivery late, healthy': latest(0, oneKilledAtMs),
      'one of two killed': latest(oneKilledAtMs, goneAtMs),
      'none for 10 s': latest(goneAtMs, readyAtMs),
      'of that after they were ready again': duration(afterReady),
    };
  },
};
