import { setTimeout as delay } from 'node:timers/promises';
import { duration } from '../clock.js';
import { comeBack } from '../returns.js';
import type { Row } from '../row.js';
import { users } from '../users.js';

const USERS = users(100);
const SETTLE_MS = 60_000;

export const row: Row = {
  number: 27,
  title: 'the primary is killed or stopped for 0.5 to 6 s and comes back while Sentinels elect, twenty times',
  ci: true,
  bar: 'nothing lost, whoever is primary in the end',
  best: 'Redis with WAIT 1 and Sentinel alone loses what the returned primary confirmed',

  async run(stage) {
    const world = await stage.world({ redis: 'sentinel' });
    await stage.clients({ users: USERS });
    const publisher = await stage.publish({ ratePerSecond: 150, lanes: 32, to: 'users', users: USERS });
    const count = stage.scale(20, 3, 'returns');
    const { gapsMs, replaced } = await comeBack(stage, world, {
      publisher,
      count,
      primary: () => world.sentinel.primary(),
      async settled(old) {
        // The electing nodes may only start now.
        await delay(3_000);
        await world.sentinel.settled(SETTLE_MS);
        return (await world.sentinel.primary()) !== old;
      },
    });
    await stage.judge();
    return { 'another was promoted': `${replaced} of ${count}`, 'longest accept gap': duration(Math.max(...gapsMs)) };
  },
};
