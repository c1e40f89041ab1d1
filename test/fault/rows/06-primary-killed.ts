import { setTimeout as delay } from 'node:timers/promises';
import { duration, nowMs } from '../clock.js';
import { pushGapMs } from '../measure.js';
import type { Row } from '../row.js';
import { users } from '../users.js';

const USERS = users(100);

export const row: Row = {
  number: 6,
  title: 'kill −9 of the Redis primary under Sentinel (down-after 2 s)',
  ci: true,
  bar: 'accept gap ≤ 4 s',
  best: 'Redis with WAIT 1 and Sentinel alone: 0 lost, gap 3.4 s; plain Redis may lose what was not replicated',

  async run(stage) {
    const world = await stage.world({ redis: 'sentinel' });
    await stage.clients({ users: USERS });
    const publisher = await stage.publish({ ratePerSecond: 200, lanes: 32, to: 'users', users: USERS });
    const acceptGaps: number[] = [];
    const bounds: [number, number][] = [];
    for (let kill = stage.scale(3, 1, 'kills'); kill > 0; kill -= 1) {
      await delay(stage.between(2_000, 4_000));
      await publisher.call('resetGap');
      const primary = await world.sentinel.primary();
      const fromMs = nowMs();
      stage.say(`kill −9 of the primary at port ${primary.port}`);
      await primary.kill();
      const promoted = await world.sentinel.promoted(primary);
      stage.say(`port ${promoted.port} is primary after ${duration(nowMs() - fromMs)}`);
      await delay(5_000);
      acceptGaps.push((await publisher.call('stats')).acceptGapMs);
      bounds.push([fromMs, nowMs()]);
      await primary.restart();
      await world.sentinel.settled();
      stage.say('the old primary is back as a replica');
    }
    await stage.judge();
    const pushGaps = bounds.map(([fromMs, toMs]) => pushGapMs(stage.ledger, fromMs, toMs));
    return {
      'accept gap': acceptGaps.map(duration).join(', '),
      'push gap': pushGaps.map(duration).join(', '),
    };
  },
};
