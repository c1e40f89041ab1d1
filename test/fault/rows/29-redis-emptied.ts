import { setTimeout as delay } from 'node:timers/promises';
import { until } from '../../support/wait.js';
import { duration, nowMs } from '../clock.js';
import type { Row } from '../row.js';
import { users } from '../users.js';

const USERS = users(60);
const HEAL_MS = 60_000;
/** Time after which a worker has noticed that nobody consumes jobs (30 s). */
const CANARY_MS = 35_000;

export const row: Row = {
  number: 29,
  title:
    'Redis is emptied (FLUSHALL) under load; then a node is killed, and somebody is away past the time of a notification',
  ci: false,
  bar: 'healed ≤ 40 s, without a restart',
  best: 'none publishes it',

  async run(stage) {
    const world = await stage.world({ redis: 'standalone' });
    const clients = await stage.clients({ users: USERS });
    await stage.publish({ ratePerSecond: 100, lanes: 20, to: 'users', users: USERS });
    await delay(stage.between(2_000, 4_000));
    stage.say('FLUSHALL');
    const emptiedAtMs = nowMs();
    await world.redis.control.flushall();
    await until(
      async () => {
        const { total, open, connections } = await clients.call('stats');
        return open === total && connections >= 2 * total;
      },
      { timeoutMs: HEAL_MS, everyMs: 100, what: 'every client has a session of the emptied Redis' },
    ).catch((error: Error) => stage.must(false, error.message));
    const healedAtMs = nowMs();
    stage.say(`all have new sessions after ${duration(healedAtMs - emptiedAtMs)}`);

    stage.say('kill −9 of a node; a notification for somebody who is away');
    await world.node('node-3').kill();
    await world.ask((rest) => rest.notify({ to: { user: 'away' }, type: 'note', data: 1, ttlMs: 2_000 }));
    await until(async () => (await world.books()).expired === 1, { timeoutMs: HEAL_MS, everyMs: 250 }).catch(() =>
      stage.must(false, 'what is past its time ends as expired'),
    );
    const expiredAtMs = nowMs();
    await world.node('node-3').restart();
    await delay(Math.max(0, emptiedAtMs + CANARY_MS - nowMs()));
    for (const id of ['node-1', 'node-2', 'node-3']) {
      const { status, body } = await world.rest(id).get('/health/ready');
      stage.must(status === 200, `${id} is ready, but ${JSON.stringify(body)}`);
    }
    await stage.judge({ sinceMs: healedAtMs });
    const told = new Set(stage.ledger.holes.filter(({ reason }) => reason === 'reset').map(({ session }) => session));
    return {
      'healed after': duration(healedAtMs - emptiedAtMs),
      'expired after': duration(expiredAtMs - healedAtMs),
      'sessions told of a reset': told.size,
    };
  },
};
