import { setTimeout as delay } from 'node:timers/promises';
import { duration, nowMs } from '../clock.js';
import { acceptedWithin, pushGapMs } from '../measure.js';
import type { Row } from '../row.js';
import { users } from '../users.js';

const USERS = users(100);
const ROUNDS = 4;
/** Time after which a signal has certainly stopped a process. */
const STOPPING_MS = 100;
/**
 * Pause that exceeds an accept whose steps all time out: claiming the key (twice, after NOSCRIPT),
 * append, record.
 */
const PAUSED_MS = 6_000;
/** Maximum replica lag, high enough that the primary itself does not refuse writes. */
const MAX_LAG_SECONDS = 30;

export const row: Row = {
  number: 20,
  title: 'SCRIPT FLUSH (also while the replicas are paused), CLIENT KILL TYPE normal, maxclients, under load',
  ci: false,
  bar: 'accept gap ≤ 2 s, or as long as no replica answers; no 202 meanwhile',
  best: 'BullMQ: 14 flushes without an error',

  async run(stage) {
    const world = await stage.world({
      redis: 'sentinel',
      sentinelOptions: { args: ['--min-replicas-max-lag', String(MAX_LAG_SECONDS)] },
    });
    await stage.clients({ users: USERS });
    const publisher = await stage.publish({
      ratePerSecond: 200,
      lanes: 32,
      to: 'users',
      users: USERS,
      answerMs: 2 * PAUSED_MS,
    });
    const primary = await world.sentinel.primary();
    const replicas = await world.sentinel.replicas();
    const { control } = primary;
    const gaps: Record<string, number> = {};
    const phase = async (name: string, fault: () => Promise<void>): Promise<void> => {
      await delay(1_000);
      await publisher.call('resetGap');
      for (let round = 0; round < ROUNDS; round += 1) {
        stage.say(name);
        await fault();
        await delay(stage.between(300, 900));
      }
      gaps[`gap by ${name}`] = (await publisher.call('stats')).acceptGapMs;
    };
    const fromMs = nowMs();
    await phase('SCRIPT FLUSH', async () => {
      await control.script('FLUSH');
    });
    await phase('CLIENT KILL TYPE normal', async () => {
      await control.call('CLIENT', 'KILL', 'TYPE', 'normal');
    });
    const toMs = nowMs();
    const stopped: [number, number][] = [];
    await phase('SCRIPT FLUSH without replicas for 6 s', async () => {
      for (const replica of replicas) replica.pause();
      await delay(STOPPING_MS);
      const fromMs = nowMs();
      await control.script('FLUSH');
      await delay(PAUSED_MS);
      stopped.push([fromMs, nowMs()]);
      for (const replica of replicas) replica.unpause();
    });
    await phase('maxclients for 1 s', async () => {
      await control.config('SET', 'maxclients', 10);
      await control.call('CLIENT', 'KILL', 'TYPE', 'normal');
      // The Sentinels cannot connect either, so they sometimes promote a replica although the
      // primary works.
      await delay(1_000);
      await control.config('SET', 'maxclients', 10_000);
    });
    await delay(2_000);
    await stage.judge();
    const unheld = stopped.reduce((sum, [from, to]) => sum + acceptedWithin(stage.ledger, from, to), 0);
    stage.must(unheld === 0, `${unheld} answered 202 while no replica held them`);
    return {
      ...Object.fromEntries(Object.entries(gaps).map(([name, gapMs]) => [name, duration(gapMs)])),
      'push gap by flush and kill': duration(pushGapMs(stage.ledger, fromMs, toMs)),
      '202 without a replica': unheld,
    };
  },
};
