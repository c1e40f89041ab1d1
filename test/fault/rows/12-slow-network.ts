import { setTimeout as delay } from 'node:timers/promises';
import { duration, nowMs } from '../clock.js';
import { waits } from '../measure.js';
import type { Row } from '../row.js';
import { TcpProxy } from '../tcp-proxy.js';
import { users } from '../users.js';

const USERS = users(60);
const RESET_SHARE = 0.03;

export const row: Row = {
  number: 12,
  title: 'every command to Redis takes 200 ms ± 100 each way, and 3 % of the connections are reset every second',
  ci: false,
  bar: 'bounded: p99 ≤ 5 s, no storm of lost job locks',
  best: 'none publishes it',

  async run(stage) {
    const world = await stage.world({ redis: 'sentinel', nodes: [] });
    const primary = await world.sentinel.primary();
    const proxy = await TcpProxy.start({ port: primary.port }, stage.seed);
    stage.atEnd(() => proxy.stop());
    for (const id of ['node-1', 'node-2', 'node-3']) await world.add({ id, via: `redis://127.0.0.1:${proxy.port}` });
    await stage.clients({ users: USERS });
    await stage.publish({ ratePerSecond: 60, lanes: 30, to: 'users', users: USERS, answerMs: 5_000 });
    await delay(2_000);
    const fromMs = nowMs();
    stage.say('the network becomes slow and lossy');
    proxy.set({ delayMs: 200, jitterMs: 100 });
    let resets = 0;
    for (let second = 0; second < 30; second += 1) {
      await delay(1_000);
      resets += proxy.reset(RESET_SHARE);
    }
    const toMs = nowMs();
    stage.say(`the network is well again after ${resets} resets`);
    proxy.set({});
    await delay(1_000);
    await stage.judge();
    const { p50Ms, p99Ms } = waits(stage.ledger, fromMs, toMs);
    const lines = [...world.logs.values()].flat();
    return {
      resets,
      '202 → application p50': duration(p50Ms),
      p99: duration(p99Ms),
      'job locks lost': lines.filter((line) => /lock/i.test(line)).length,
    };
  },
};
