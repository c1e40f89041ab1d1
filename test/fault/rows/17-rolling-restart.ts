import { setTimeout as delay } from 'node:timers/promises';
import { duration, nowMs } from '../clock.js';
import type { Row } from '../row.js';
import { users } from '../users.js';

export const row: Row = {
  number: 17,
  title: 'rolling restart of three nodes under load',
  ci: true,
  bar: '0 failed POSTs, 0 lost, 0 seen twice',
  best: 'Socket.IO, deploy with 5,000 clients: 6.8 s, 3.8 % never came back (AnyCable’s benchmark)',

  async run(stage) {
    const nodes = ['node-1', 'node-2', 'node-3'];
    const world = await stage.world();
    const clients = await stage.clients({ users: users(300) });
    await stage.publish({ ratePerSecond: 150, lanes: 24, to: 'users', users: users(300), answerMs: 8_000 });
    await delay(3_000);
    const startedAtMs = nowMs();
    for (const id of nodes) {
      stage.say(`SIGTERM ${id}`);
      const { code, signal } = await world.node(id).stop(40_000);
      stage.must(code === 0, `${id} ended with 0, not with ${code ?? signal}`);
      stage.say(`${id} has ended; starting it again`);
      await world.node(id).restart();
      await delay(1_000);
    }
    const tookMs = nowMs() - startedAtMs;
    await delay(2_000);
    const [stats] = await stage.stopPublishing();
    await stage.judge();
    const { failed = 0, faults = {}, acceptGapMs = 0 } = stats ?? {};
    const { resumes, notResumed, total } = await clients.call('stats');
    stage.must(failed === 0, `no POST failed, but ${failed}: ${JSON.stringify(faults)}`);
    stage.must(notResumed === 0, `no client lost its session, but ${notResumed}`);
    return {
      'failed POSTs': failed,
      'attempts sent on to the next node': JSON.stringify(faults),
      'accept gap': duration(acceptGapMs),
      'total time': duration(tookMs),
      'sockets moved': `${resumes.count} of ${total} clients`,
      'resume p50': duration(resumes.p50Ms),
      p99: duration(resumes.p99Ms),
    };
  },
};
