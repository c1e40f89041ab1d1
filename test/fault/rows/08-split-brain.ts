import { setTimeout as delay } from 'node:timers/promises';
import { duration, nowMs } from '../clock.js';
import { acceptedWithin } from '../measure.js';
import { Island } from '../netns.js';
import type { Row } from '../row.js';
import { users } from '../users.js';

const USERS = users(100);
const SPLIT_MS = 12_000;
const LONELY = 'lonely';

export const row: Row = {
  number: 8,
  title: 'split brain: the primary and one node are cut off from all others for 12 s (packets dropped)',
  ci: true,
  bar: 'no 202 on the minority side',
  best: 'plain Redis with Sentinel loses 32 % of what it acknowledged (Jepsen: 56 %); RabbitMQ quorum queues 0',

  async run(stage) {
    const island = await Island.rise();
    stage.atEnd(() => island.sink());
    const world = await stage.world({
      redis: 'sentinel',
      sentinelOptions: {
        node: (index) =>
          index === 0
            ? { host: Island.ADDRESS, reach: Island.CONTROL, under: island.under }
            : { host: Island.MAINLAND },
        sentinel: () => ({ host: Island.MAINLAND }),
      },
      nodes: [{ id: LONELY, wrap: island.under, host: Island.CONTROL }, { id: 'node-2' }, { id: 'node-3' }],
    });
    const majority = ['node-2', 'node-3'].map((id) => world.node(id).url);
    await stage.clients({ users: USERS });
    const load = { ratePerSecond: 100, lanes: 16, to: 'users' } as const;
    await stage.publish({ ...load, name: LONELY, users: USERS.slice(0, 50), urls: [world.node(LONELY).url] });
    const others = await stage.publish({ ...load, users: USERS.slice(50), urls: majority });
    await delay(stage.between(2_000, 4_000));
    const old = await world.sentinel.primary();
    stage.must(old.host === Island.ADDRESS, 'the primary is on the side of the minority');
    await others.call('resetGap');
    await island.part();
    const splitAtMs = nowMs();
    stage.say('the primary and the lonely node are cut off');
    const promoted = await world.sentinel.promoted(old);
    stage.say(`port ${promoted.port} is primary after ${duration(nowMs() - splitAtMs)}`);
    await delay(splitAtMs + SPLIT_MS - nowMs());
    const gapMs = (await others.call('stats')).acceptGapMs;
    const healedAtMs = nowMs();
    await island.heal();
    stage.say('the split is healed');
    await world.sentinel.settled();
    stage.say(`the old primary follows after ${duration(nowMs() - healedAtMs)}`);
    await delay(3_000);
    await stage.judge();
    const during = acceptedWithin(stage.ledger, splitAtMs, healedAtMs, LONELY);
    stage.must(during === 0, `${during} answered 202 on the minority side`);
    return { 'accept gap of the majority': duration(gapMs), '202 on the minority side': during };
  },
};
