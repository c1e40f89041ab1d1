import { setTimeout as delay } from 'node:timers/promises';
import { duration, nowMs } from '../clock.js';
import { pushGapMs } from '../measure.js';
import type { Row } from '../row.js';
import { users } from '../users.js';

const KILLS = 3;

export const row: Row = {
  number: 5,
  title: 'kill −9 of a standalone Redis, restarted from its append-only file, three times',
  ci: true,
  bar: 'no socket closed; accepts go on ≤ 2 s after the restart',
  best: 'none publishes it',

  async run(stage) {
    const world = await stage.world({ redis: 'standalone' });
    const clients = await stage.clients({ users: users(150) });
    const publisher = await stage.publish({ ratePerSecond: 200, lanes: 32, to: 'users', users: users(150) });
    const recoveriesMs: number[] = [];
    const gapsMs: number[] = [];
    const spans: [number, number][] = [];
    for (let kill = 0; kill < KILLS; kill += 1) {
      await delay(stage.between(3_000, 5_000));
      await publisher.call('resetGap');
      stage.say('kill −9 Redis');
      const killedAtMs = nowMs();
      await world.redis.kill();
      await delay(stage.between(500, 4_000));
      await world.redis.restart();
      const restartedAtMs = nowMs();
      stage.say(`Redis answers again after ${duration(restartedAtMs - killedAtMs)}`);
      await delay(6_000);
      const { acceptGapMs } = await publisher.call('stats');
      gapsMs.push(acceptGapMs);
      recoveriesMs.push(Math.max(0, acceptGapMs - (restartedAtMs - killedAtMs)));
      spans.push([killedAtMs - 500, restartedAtMs + 6_000]);
    }
    await stage.judge();
    const { connections, total } = await clients.call('stats');
    stage.must(connections === total, `every socket stayed open, but ${connections - total} were reopened`);
    const pushGapsMs = spans.map(([fromMs, toMs]) => pushGapMs(stage.ledger, fromMs, toMs));
    return {
      'accept gap': gapsMs.map(duration).join(' / '),
      'of that after Redis answered': recoveriesMs.map(duration).join(' / '),
      'push gap': pushGapsMs.map(duration).join(' / '),
      'sockets closed': connections - total,
    };
  },
};
