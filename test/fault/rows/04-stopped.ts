import { setTimeout as delay } from 'node:timers/promises';
import { FrameSocket } from '../../support/frame-socket.js';
import { within } from '../../support/wait.js';
import { duration } from '../clock.js';
import type { Row } from '../row.js';
import type { ClientDriver, Stage } from '../stage.js';
import { users } from '../users.js';
import type { World } from '../world.js';

const STOPPED_MS = 20_000;
const MOVERS = 20;

/**
 * Opens sessions whose old sockets stay at the stopped gateway when new ones take over elsewhere.
 */
async function openAt(world: World, gateway: string): Promise<{ old: FrameSocket; user: string; session: string }[]> {
  const movers = Array.from({ length: MOVERS }, (_, index) => `mover-${index}`);
  return Promise.all(
    movers.map(async (user) => {
      const old = await FrameSocket.open(world.node(gateway).socketUrl, { token: await world.tokens.sign(user) });
      const { session } = await old.welcome();
      return { old, user, session };
    }),
  );
}

async function gatewayStopped(stage: Stage, world: World, clients: ClientDriver): Promise<void> {
  const movers = await openAt(world, 'gateway-1');
  stage.say('SIGSTOP gateway-1 for 20 s, past its lease');
  world.node('gateway-1').signal('SIGSTOP');
  await delay(1_000);
  const moved = await Promise.all(
    movers.map(async ({ user, session }) => {
      const token = await world.tokens.sign(user);
      const socket = await FrameSocket.open(world.node('gateway-2').socketUrl, { token, query: { session } });
      const { resumed } = await socket.welcome();
      stage.must(resumed, `${user} was resumed at the other gateway`);
      return socket;
    }),
  );
  // Half of the clients reconnect; those of the stopped gateway find the other one.
  await clients.call('cut', 0.5, 'close');
  await delay(STOPPED_MS - 1_000);
  world.node('gateway-1').signal('SIGCONT');
  stage.say('SIGCONT gateway-1');
  const ends = await Promise.all(movers.map(({ old }) => within(old.closed, 20_000, 'the old socket is closed')));
  stage.must(
    ends.every(({ code }) => code === 4409),
    `old sockets were closed with 4409, not ${[...new Set(ends.map(({ code }) => code))].join(', ')}`,
  );
  for (const socket of moved) socket.cut();
}

export const row: Row = {
  number: 4,
  title: 'SIGSTOP of a gateway, a worker and an API node for 20 s each, then SIGCONT',
  ci: true,
  bar: '0 lost, 0 seen twice; the old socket of a moved session is fenced off (4409)',
  best: 'none publishes it',

  async run(stage) {
    const pairs = (['api', 'gateway', 'worker'] as const).flatMap((role) =>
      [1, 2].map((n) => ({ id: `${role}-${n}`, roles: [role] })),
    );
    const world = await stage.world({ nodes: pairs });
    const clients = await stage.clients({ users: users(100) });
    await stage.publish({ ratePerSecond: 100, lanes: 16, to: 'users', users: users(100), repeats: 0.05 });
    await delay(2_000);
    await gatewayStopped(stage, world, clients);
    for (const id of ['worker-1', 'api-1']) {
      await delay(1_000);
      stage.say(`SIGSTOP ${id} for 20 s`);
      world.node(id).signal('SIGSTOP');
      await delay(STOPPED_MS);
      world.node(id).signal('SIGCONT');
      stage.say(`SIGCONT ${id}`);
    }
    await delay(3_000);
    const [stats] = await stage.stopPublishing();
    await stage.judge();
    const { connections, total, notResumed } = await clients.call('stats');
    stage.must(notResumed === 0, `no client lost its session, but ${notResumed}`);
    return {
      'accept gap': duration(stats?.acceptGapMs ?? 0),
      'attempts that failed': JSON.stringify(stats?.faults),
      'new connections': connections - total,
      'old sockets closed with 4409': MOVERS,
    };
  },
};
