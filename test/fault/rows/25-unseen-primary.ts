import { setTimeout as delay } from 'node:timers/promises';
import { duration, nowMs } from '../clock.js';
import { PacketLoss } from '../netns.js';
import type { Row } from '../row.js';
import { users } from '../users.js';

const USERS = users(100);
/** Address that only the Sentinels use. */
const SENTINELS = '127.0.0.3';
const UNSEEN_MS = 8_000;

export const row: Row = {
  number: 25,
  title: 'only the Sentinels lose view of a primary that still serves nodes and replicas',
  ci: false,
  bar: 'nothing lost although a replica goes on confirming to the old primary',
  best: 'Raft (RabbitMQ quorum queues, etcd) loses nothing with a majority',

  async run(stage) {
    const world = await stage.world({
      redis: 'sentinel',
      sentinelOptions: { sentinel: () => ({ host: SENTINELS }) },
    });
    await stage.clients({ users: USERS });
    const publisher = await stage.publish({ ratePerSecond: 150, lanes: 32, to: 'users', users: USERS });
    await delay(stage.between(2_000, 3_000));
    await publisher.call('resetGap');
    const old = await world.sentinel.primary();
    const fromMs = nowMs();
    stage.say(`the Sentinels no longer reach the primary at port ${old.port}`);
    const loss = await PacketLoss.begin(`ip saddr ${SENTINELS} tcp dport ${old.port}`);
    const promoted = await world.sentinel.promoted(old);
    stage.say(`port ${promoted.port} is primary after ${duration(nowMs() - fromMs)}`);
    await delay(fromMs + UNSEEN_MS - nowMs());
    await loss.end();
    stage.say('they reach it again');
    await world.sentinel.settled();
    await delay(2_000);
    const { acceptGapMs } = await publisher.call('stats');
    await stage.judge();
    return { 'accept gap': duration(acceptGapMs) };
  },
};
