import { setTimeout as delay } from 'node:timers/promises';
import { until } from '../../support/wait.js';
import { duration, nowMs } from '../clock.js';
import { pushGapMs } from '../measure.js';
import type { Row } from '../row.js';
import { users } from '../users.js';

const USERS = users(100);
/**
 * Downtime of the dead node. The shard has one replica, so after the failover none is left to
 * confirm until the node returns.
 */
const DOWN_MS = 8_000;
const SLOTS = 16_384;

export const row: Row = {
  number: 23,
  title: 'Redis Cluster: kill −9 of the master of a shard, back after 8 s (node timeout 2 s, one replica a shard)',
  ci: false,
  bar: 'gap ≤ 8 s down time + 2 s',
  best: 'none publishes it with confirmed writes',

  async run(stage) {
    const { cluster } = await stage.world({ redis: 'cluster' });
    await stage.clients({ users: USERS });
    const publisher = await stage.publish({ ratePerSecond: 150, lanes: 100, to: 'users', users: USERS });
    await delay(2_000);
    await publisher.call('resetGap');
    const slot = stage.between(0, SLOTS - 1);
    const master = await cluster.ownerOf(slot);
    const fromMs = nowMs();
    stage.say(`kill −9 of the master at port ${master.port}`);
    await master.kill();
    const isPromoted = async (): Promise<boolean> => (await cluster.ownerOf(slot, master)) !== master;
    await until(isPromoted, { timeoutMs: 30_000, everyMs: 50, what: 'the replica is promoted' });
    const promotedMs = nowMs() - fromMs;
    stage.say(`its replica is master after ${duration(promotedMs)}`);
    await delay(Math.max(0, fromMs + DOWN_MS - nowMs()));
    await master.restart();
    await cluster.settled();
    stage.say('the old master is back as a replica');
    await delay(5_000);
    const toMs = nowMs();
    await stage.judge();
    const waitedMs = stage.ledger.publications.map(({ startedAtMs = 0, endedAtMs = 0 }) => endedAtMs - startedAtMs);
    return {
      'replica promoted after': duration(promotedMs),
      'longest accept': duration(Math.max(...waitedMs)),
      'push gap of all shards': duration(pushGapMs(stage.ledger, fromMs, toMs)),
    };
  },
};
