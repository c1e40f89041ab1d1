import { setTimeout as delay } from 'node:timers/promises';
import { NginxRig } from '../../support/nginx-rig.js';
import { until } from '../../support/wait.js';
import { duration } from '../clock.js';
import type { Row } from '../row.js';
import type { ClientDriver, PublisherDriver } from '../stage.js';
import { users } from '../users.js';

const SOCKETS = 300;
const RELOADS = 2;
/**
 * Shutdown time-out of workers: 60 s as shipped, shorter here, so that sockets are cut within the
 * run.
 */
const SHUTDOWN_MS = 3_000;

/** Number of faults that callers saw. */
interface Seen {
  /** Number of failed POSTs. */
  posts: number;
  /** Number of sockets that could not be opened. */
  handshakes: number;
}

const sum = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((a, b) => a + b, 0);

async function seenBy(publisher: PublisherDriver, clients: ClientDriver): Promise<Seen> {
  const [{ faults }, { refusals }] = await Promise.all([publisher.call('stats'), clients.call('stats')]);
  return { posts: sum(faults), handshakes: sum(refusals) };
}

export const row: Row = {
  number: 10,
  title: 'behind nginx: nodes killed, two reloads, nginx killed',
  ci: false,
  bar: '0 errors that a retry does not mend; none at all when a node is killed',
  best: 'none publishes it',

  async run(stage) {
    const world = await stage.world();
    const nodes = ['node-1', 'node-2', 'node-3'];
    const set = { worker_shutdown_timeout: `${SHUTDOWN_MS / 1_000}s` };
    const nginx = await NginxRig.start({ nodes: nodes.map((id) => ({ port: world.node(id).port })), set });
    stage.atEnd(() => nginx.stop());
    const clients = await stage.clients({ users: users(SOCKETS), urls: [nginx.socketUrl] });
    const load = { ratePerSecond: 150, lanes: 24, to: 'users', users: users(SOCKETS), urls: [nginx.url] } as const;
    const publisher = await stage.publish({ ...load, answerMs: 8_000 });
    const during = async (fault: () => Promise<void>): Promise<Seen> => {
      const before = await seenBy(publisher, clients);
      await fault();
      await stage.allOpen();
      await delay(1_000);
      const after = await seenBy(publisher, clients);
      return { posts: after.posts - before.posts, handshakes: after.handshakes - before.handshakes };
    };
    await delay(2_000);

    const killed = await during(async () => {
      for (const id of nodes) {
        stage.say(`kill −9 ${id}`);
        await world.node(id).kill();
        await delay(stage.between(1_000, 2_000));
        await world.node(id).restart();
        stage.say(`${id} is back`);
      }
    });
    const { resumes } = await clients.call('stats');
    const { acceptGapMs: gapOfKillsMs } = await publisher.call('stats');

    const reloaded = await during(async () => {
      for (let reload = 0; reload < RELOADS; reload += 1) {
        stage.say('reload');
        await nginx.reload();
        const what = 'the workers of before the reload have gone';
        await until(async () => (await nginx.leaving()) === 0, { timeoutMs: 3 * SHUTDOWN_MS, what });
        stage.say('the old workers have gone, and with them their sockets');
        await stage.allOpen();
      }
    });

    await publisher.call('resetGap');
    const gone = await during(async () => {
      stage.say('kill −9 nginx, master and workers');
      await nginx.kill();
      await delay(stage.between(500, 1_500));
      await nginx.restart();
      stage.say('nginx is back');
    });
    const [stats] = await stage.stopPublishing();
    await stage.judge();
    const { refused = 0, acceptGapMs = 0 } = stats ?? {};
    const { notResumed, connections } = await clients.call('stats');
    stage.must(killed.posts === 0, `no POST failed when nodes were killed, but ${killed.posts}`);
    stage.must(refused === 0, `no POST was refused for good, but ${refused}`);
    stage.must(notResumed === 0, `no client lost its session, but ${notResumed}`);
    stage.must(connections >= 3 * SOCKETS, 'the faults reached the sockets');
    return {
      'failed POSTs, nodes killed': killed.posts,
      'failed handshakes there': killed.handshakes,
      'accept gap there': duration(gapOfKillsMs),
      'resume p99 there': duration(resumes.p99Ms),
      'failed POSTs, reloads': reloaded.posts,
      'failed handshakes, reloads': reloaded.handshakes,
      'POSTs tried again, nginx killed': gone.posts,
      'failed handshakes, nginx killed': gone.handshakes,
      'accept gap, nginx killed': duration(acceptGapMs),
      'refused for good': refused,
    };
  },
};
