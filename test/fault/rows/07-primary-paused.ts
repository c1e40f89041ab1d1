import { setTimeout as delay } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { until } from '../../support/wait.js';
import { duration, nowMs } from '../clock.js';
import { pushGapMs } from '../measure.js';
import type { Row } from '../row.js';
import { users } from '../users.js';

const USERS = users(100);
const PAUSE_MS = 12_000;
/** Time for a woken primary to execute commands that arrived before its pause ended. */
const WAKING_MS = 500;

export const row: Row = {
  number: 7,
  title: 'SIGSTOP of the Redis primary for 12 s under Sentinel, then SIGCONT',
  ci: true,
  bar: 'accept gap ≤ 6 s; nobody writes to the old primary',
  best: 'Redis with WAIT 1 and a socket timeout: 0 lost, gap 5.2 s; without the timeout 29,518 of 39,262 lost',

  async run(stage) {
    const world = await stage.world({ redis: 'sentinel' });
    await stage.clients({ users: USERS });
    const publisher = await stage.publish({ ratePerSecond: 200, lanes: 32, to: 'users', users: USERS });
    await delay(stage.between(2_000, 4_000));
    await publisher.call('resetGap');
    const old = await world.sentinel.primary();
    const fromMs = nowMs();
    stage.say(`SIGSTOP of the primary at port ${old.port}`);
    old.pause();
    const promoted = await world.sentinel.promoted(old);
    stage.say(`port ${promoted.port} is primary after ${duration(nowMs() - fromMs)}`);
    await delay(fromMs + PAUSE_MS - nowMs());
    const acceptGapMs = (await publisher.call('stats')).acceptGapMs;
    const toMs = nowMs();
    old.unpause();
    stage.say('SIGCONT');
    await delay(WAKING_MS);
    const before = await scriptsRun(old.control);
    await until(async () => (await old.control.info('replication')).includes('role:slave'), {
      timeoutMs: 30_000,
      what: 'the old primary follows the new one',
    });
    const written = (await scriptsRun(old.control)) - before;
    stage.say(`the old primary follows after ${duration(nowMs() - toMs)}`);
    await world.sentinel.settled();
    await delay(2_000);
    await stage.judge();
    stage.must(written === 0, `${written} scripts ran on the old primary after it woke`);
    return {
      'accept gap': duration(acceptGapMs),
      'push gap': duration(pushGapMs(stage.ledger, fromMs, toMs)),
      'scripts on the old primary': written,
    };
  },
};

async function scriptsRun(client: Redis): Promise<number> {
  const stats = await client.info('commandstats');
  return [...stats.matchAll(/cmdstat_eval(?:sha)?:calls=(\d+)/g)].reduce((sum, [, calls]) => sum + Number(calls), 0);
}
