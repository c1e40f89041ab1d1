import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Ledger } from '../../support/ledger.js';
import { duration, percentile } from '../clock.js';
import type { Row } from '../row.js';
import { users } from '../users.js';

const USERS = users(40);
const AWAY = Array.from({ length: 20 }, (_, index) => `away-${index}`);
const TTL_MS = 60_000;
const AWAY_MS = 20_000;
const DELAY_MS = 5_000;
/** Tolerance for early releases: the granularity of due times. */
const EARLY_MS = 250;
const HOUR_MS = 3_600_000;
const STEPS = 4;
const STEP_MS = AWAY_MS / STEPS;
/**
 * Module that shifts a process's wall clock by the value in a file, without affecting its monotonic
 * clock.
 */
const SHIM = new URL('../../support/wall-clock.mjs', import.meta.url).href;

export const row: Row = {
  number: 19,
  title: 'the clock of one node is 90 s ahead, of another 90 s behind, of a third it is set by an hour back and forth',
  ci: true,
  bar: 'nothing expires, is released or dead-lettered early; no token is refused',
  best: 'none publishes it',

  async run(stage) {
    const clocks = Object.fromEntries(
      ['ahead', 'behind', 'set'].map((id): [string, string] => [id, join(stage.dir, `clock-of-${id}`)]),
    );
    const off = { ahead: 90_000, behind: -90_000, set: 0 };
    await Promise.all(Object.entries(off).map(([id, aheadMs]) => writeFile(String(clocks[id]), String(aheadMs))));
    const nodes = Object.entries(clocks).map(([id, file]) => ({
      id,
      env: { WALL_CLOCK_FILE: file, NODE_OPTIONS: `--import ${SHIM}` },
    }));
    const world = await stage.world({ nodes: [{ id: 'right' }, ...nodes] });
    const clients = await stage.clients({ users: USERS });
    const away = await stage.clients({ users: AWAY });
    stage.say(`${AWAY.length} users are away for ${duration(AWAY_MS)}`);
    await away.call('offline', 1, AWAY_MS);
    const load = { lanes: 20, to: 'users' } as const;
    await stage.publish({
      ...load,
      name: 'now',
      ratePerSecond: 60,
      users: [...USERS, ...AWAY],
      body: { ttlMs: TTL_MS, ackWaitMs: 1_000, maxAttempts: 3 },
    });
    await stage.publish({ ...load, name: 'later', ratePerSecond: 20, users: USERS, body: { delayMs: DELAY_MS } });
    for (let step = 0; step < STEPS; step += 1) {
      const aheadMs = step % 2 === 0 ? -HOUR_MS : HOUR_MS;
      stage.say(`the clock of a node is set by ${aheadMs / HOUR_MS} h`);
      await writeFile(String(clocks['set']), String(aheadMs));
      await delay(STEP_MS);
    }
    await writeFile(String(clocks['set']), '0');
    await delay(5_000);
    await stage.stopPublishing();
    await delay(DELAY_MS + 3_000);
    const judgement = await stage.judge();
    const { expired, dead } = await world.books();
    const late = releases(stage.ledger);
    const { refusals } = await clients.call('stats');
    stage.must(Object.keys(refusals).length === 0, `clients were refused: ${JSON.stringify(refusals)}`);
    stage.must(expired === 0, `${expired} expired early`);
    stage.must(dead === 0, `${dead} dead letters`);
    stage.must(late.missing === 0, `${late.missing} of the scheduled ones never came`);
    stage.must(late.early === 0, `${late.early} came more than ${EARLY_MS} ms before their time`);
    return {
      'expired early': expired,
      'dead letters': dead,
      scheduled: late.count,
      'after their time p50': duration(late.p50Ms),
      p99: duration(late.p99Ms),
      pending: judgement.pending,
    };
  },
};

/** Returns the delay of each scheduled notification. */
function releases({ publications, deliveries }: Ledger) {
  const cameAt = new Map(deliveries.map(({ id, atMs = 0 }) => [id, atMs]));
  const scheduled = publications.filter(({ outcome, mark }) => outcome === 'accepted' && mark.startsWith('later/'));
  const lateMs = scheduled.flatMap(({ id = '', startedAtMs = 0 }) => {
    const atMs = cameAt.get(id);
    return atMs === undefined ? [] : [atMs - startedAtMs - DELAY_MS];
  });
  return {
    count: scheduled.length,
    missing: scheduled.length - lateMs.length,
    early: lateMs.filter((ms) => ms < -EARLY_MS).length,
    p50Ms: percentile(lateMs, 0.5),
    p99Ms: percentile(lateMs, 0.99),
  };
}
