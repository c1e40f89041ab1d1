import { setTimeout as delay } from 'node:timers/promises';
import { duration } from '../clock.js';
import { latency, pushesOf } from '../pushes.js';
import type { Row } from '../row.js';
import { users } from '../users.js';

const OFFLINE_MS = 2_000;
const EVERY_MS = 15_000;
const TICK_MS = 250;
const TOPIC = 'public.blips';

export const row: Row = {
  number: 11,
  title: 'client link blips: each link reset every 15 s, 2 s offline, 2 messages a second for each client',
  ci: true,
  bar: '100 % delivered, replay p99 ≤ 2.5 s',
  best: 'AnyCable 100 %, p99 6.14 s; Socket.IO with state recovery 100 %, p99 4.58 s, by default 84.55 % (10,000 clients, AnyCable’s benchmark)',

  async run(stage) {
    const count = stage.scale(2_000, 500, 'clients');
    const runMs = stage.scale(60_000, 32_000, 'ms');
    await stage.world({ nodes: [{ id: 'node-1' }, { id: 'node-2' }] });
    const clients = await stage.clients({ users: users(count), topics: [TOPIC] });
    await stage.publish({ ratePerSecond: 2, lanes: 4, to: { topic: TOPIC }, users: [] });
    stage.say(`${count} clients, each of them offline for 2 s every 15 s, for ${runMs / 1_000} s`);
    const ticks = EVERY_MS / TICK_MS;
    for (let tick = 0; tick < runMs / TICK_MS; tick += 1) {
      await clients.call('offlineInTurn', tick % ticks, ticks, OFFLINE_MS);
      await delay(TICK_MS);
    }
    await stage.allOpen();
    const { accepted, lost } = await stage.judge();
    const { connections, total, replays, resumes, notResumed } = await clients.call('stats');
    stage.must(notResumed === 0, `no client lost its session, but ${notResumed}`);
    const owed = accepted * count;
    return {
      clients: count,
      blips: connections - total,
      delivered: `${(((owed - lost.length) / owed) * 100).toFixed(2)} % of ${owed}`,
      'replay p50 from the way back on': duration(replays.p50Ms),
      p99: duration(replays.p99Ms),
      'session back p99': duration(resumes.p99Ms),
      'from request to application, time offline included': latency(pushesOf(stage.ledger)),
    };
  },
};
