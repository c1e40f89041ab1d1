import { setTimeout as delay } from 'node:timers/promises';
import { duration, nowMs } from '../clock.js';
import type { Row } from '../row.js';
import { users } from '../users.js';

const SOCKETS = 2_000;

export const row: Row = {
  number: 3,
  title: 'kill −9 of a gateway with 2,000 sockets',
  ci: true,
  bar: '100 % resumed elsewhere, p99 ≤ 5 s',
  best: 'Socket.IO, deploy with 5,000 clients: 6.8 s, 3.8 % never came back (AnyCable’s benchmark)',

  async run(stage) {
    const world = await stage.world({
      nodes: [
        { id: 'gateway-1', roles: ['gateway'] },
        { id: 'gateway-2', roles: ['gateway'] },
        { id: 'core', roles: ['api', 'worker'] },
      ],
    });
    const clients = await stage.clients({ users: users(SOCKETS), together: true });
    await stage.publish({ ratePerSecond: 100, lanes: 16, to: 'users', users: users(SOCKETS) });
    await delay(3_000);
    const before = await clients.call('stats');
    stage.must(before.nodes['gateway-1'] === SOCKETS, 'all sockets were at the gateway that is killed');
    stage.say(`kill −9 gateway-1 with ${before.nodes['gateway-1']} sockets`);
    const killedAtMs = nowMs();
    await world.node('gateway-1').kill();
    await stage.allOpen();
    stage.say(`all are open again after ${duration(nowMs() - killedAtMs)}`);
    await delay(3_000);
    await stage.judge();
    const { resumes, notResumed, open } = await clients.call('stats');
    stage.must(resumes.count === SOCKETS && notResumed === 0, `all sessions were resumed, not ${notResumed} new`);
    return {
      sockets: SOCKETS,
      resumed: `${((resumes.count - notResumed) / SOCKETS) * 100} %`,
      'resume p50': duration(resumes.p50Ms),
      p99: duration(resumes.p99Ms),
      max: duration(resumes.maxMs),
      open,
    };
  },
};
