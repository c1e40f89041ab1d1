import { setTimeout as delay } from 'node:timers/promises';
import { duration, nowMs } from '../clock.js';
import { waits } from '../measure.js';
import type { Row } from '../row.js';
import { TcpProxy } from '../tcp-proxy.js';
import { users } from '../users.js';

const USERS = users(100);
const CUTS = 5;
/** Suffix of the name of a connection for hints. */
const SUBSCRIBER = '-subscriber';

export const row: Row = {
  number: 13,
  title: 'the connection for hints alone: killed by Redis, refused for a second, or silent',
  ci: true,
  bar: 'caught up ≤ 2 s after it is back; silent: ≤ 10 s (heads poll)',
  best: 'Centrifugo: found by its publish/subscribe ping or the position check, 25–40 s',

  async run(stage) {
    const world = await stage.world({ redis: 'sentinel', nodes: [] });
    const primary = await world.sentinel.primary();
    const proxy = await TcpProxy.start({ port: primary.port }, stage.seed);
    stage.atEnd(() => proxy.stop());
    for (const id of ['node-1', 'node-2', 'node-3']) await world.add({ id, via: `redis://127.0.0.1:${proxy.port}` });
    await stage.clients({ users: USERS });
    await stage.publish({ ratePerSecond: 100, lanes: 20, to: 'users', users: USERS });
    const phases: Record<string, [number, number]> = {};
    const phase = async (name: string, fault: () => Promise<void>): Promise<void> => {
      const fromMs = nowMs();
      await fault();
      phases[name] = [fromMs, nowMs()];
      await delay(1_000);
    };
    await delay(1_000);
    await phase('killed', async () => {
      for (let cut = 0; cut < CUTS; cut += 1) {
        stage.say('CLIENT KILL TYPE pubsub');
        await primary.control.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
        await delay(stage.between(500, 1_500));
      }
    });
    await phase('refused for 1 s', async () => {
      stage.say('reset; new connections are refused for a second');
      proxy.set({ refusing: true });
      proxy.reset(1, SUBSCRIBER);
      await delay(1_000);
      proxy.set({});
      await delay(1_000);
    });
    await phase('silent for 12 s', async () => {
      stage.say('nothing comes from Redis on the connections for hints');
      proxy.set({ silent: ['down'], only: SUBSCRIBER });
      await delay(12_000);
      proxy.set({});
    });
    await delay(1_000);
    await stage.judge();
    const caughtUp = Object.entries(phases).map(([name, [fromMs, toMs]]): [string, string] => [
      `longest wait, ${name}`,
      duration(waits(stage.ledger, fromMs, toMs).maxMs),
    ]);
    return Object.fromEntries(caughtUp);
  },
};
