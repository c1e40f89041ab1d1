import { setTimeout as delay } from 'node:timers/promises';
import { duration } from '../clock.js';
import { comeBack } from '../returns.js';
import type { Row } from '../row.js';
import { users } from '../users.js';

const USERS = users(100);
const SLOTS = 16_384;
const SETTLE_MS = 60_000;

export const row: Row = {
  number: 28,
  title:
    'Redis Cluster: a master is killed or stopped for 0.5 to 6 s and comes back, twenty times (one or two replicas a shard)',
  ci: true,
  bar: 'nothing lost, whoever is master in the end',
  best: 'none publishes it with confirmed writes',

  async run(stage) {
    const replicas = stage.pick([1, 2] as const);
    stage.remarks.push(`${replicas} replicas a shard`);
    const world = await stage.world({ redis: 'cluster', clusterOptions: { replicas, appendOnly: true } });
    const { cluster } = world;
    await stage.clients({ users: USERS });
    const publisher = await stage.publish({ ratePerSecond: 150, lanes: 100, to: 'users', users: USERS });
    const count = stage.scale(20, 2, 'returns');
    let slot = 0;
    const { replaced } = await comeBack(stage, world, {
      publisher,
      count,
      primary() {
        slot = stage.between(0, SLOTS - 1);
        return cluster.ownerOf(slot);
      },
      async settled(old) {
        // The electing nodes may only start now.
        await delay(3_000);
        await cluster.settled(SETTLE_MS);
        return (await cluster.ownerOf(slot)) !== old;
      },
    });
    await stage.judge();
    const waitedMs = stage.ledger.publications.map(({ startedAtMs = 0, endedAtMs = 0 }) => endedAtMs - startedAtMs);
    return { 'another was promoted': `${replaced} of ${count}`, 'longest accept': duration(Math.max(...waitedMs)) };
  },
};
