import { setTimeout as delay } from 'node:timers/promises';
import { duration } from '../clock.js';
import type { Row } from '../row.js';
import { users } from '../users.js';

const USERS = users(100);
/** Outage that exceeds the time of a confirm and the time until a lost replica is noticed. */
const AWAY_MS = 10_000;

export const row: Row = {
  number: 26,
  title: 'one replica of two is killed, then the other stopped, for 10 s each',
  ci: false,
  bar: 'accept gap ≤ the time-out of a confirm and CONFIRM_SETTLE_MS (4 s) and 2 s to notice; goes on with the other replica',
  best: 'Redis with WAIT 1: no gap, and what its last replica confirms may be lost (row 25)',

  async run(stage) {
    const world = await stage.world({ redis: 'sentinel' });
    await stage.clients({ users: USERS });
    const publisher = await stage.publish({ ratePerSecond: 150, lanes: 32, to: 'users', users: USERS });
    const [first, second] = await world.sentinel.replicas();
    if (!first || !second) throw new Error('two replicas are needed');
    const gapOf = async (fault: string, begin: () => void | Promise<void>): Promise<string> => {
      await delay(stage.between(2_000, 3_000));
      await publisher.call('resetGap');
      stage.say(fault);
      await begin();
      await delay(AWAY_MS);
      return duration((await publisher.call('stats')).acceptGapMs);
    };
    const killed = await gapOf('kill −9 of a replica', () => first.kill());
    await first.restart();
    await world.sentinel.settled();
    const stopped = await gapOf('SIGSTOP of the other', () => second.pause());
    second.unpause();
    await world.sentinel.settled();
    await stage.judge();
    return { 'accept gap, killed': killed, 'accept gap, stopped': stopped };
  },
};
