import { setTimeout as delay } from 'node:timers/promises';
import type { Ledger } from '../../support/ledger.js';
import { duration, percentile } from '../clock.js';
import type { Row } from '../row.js';
import { users } from '../users.js';
import type { NodeOptions } from '../world.js';

const USERS = users(40);
const AWAY = Array.from({ length: 20 }, (_, index) => `away-${index}`);
const TTL_MS = 60_000;
const AWAY_MS = 20_000;
const DELAY_MS = 5_000;
/** Jobs are due in steps of so much, and a sweep mends what a job has missed. */
const EARLY_MS = 250;

export const row: Row = {
  number: 19,
  title: 'the clock of one node is 90 s ahead, that of another 90 s behind',
  ci: false,
  bar: 'nothing expires, is released or dead-lettered early',
  best: 'none publishes it',

  async run(stage) {
    const world = await stage.world({
      nodes: [{ id: 'right' }, { id: 'ahead', ...clock('+90s') }, { id: 'behind', ...clock('-90s') }],
    });
    await stage.clients({ users: USERS });
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
    await delay(AWAY_MS + 5_000);
    await stage.stopPublishing();
    await delay(DELAY_MS + 3_000);
    const judgement = await stage.judge();
    const { expired, dead } = await world.books();
    const late = releases(stage.ledger);
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

/** A wall clock off by so much. The command `faketime` would stay in front of the process, which then outlives its end. */
function clock(off: string): Pick<NodeOptions, 'env' | 'wrap'> {
  const preload = 'LD_PRELOAD=$(echo /usr/lib/*/faketime/libfaketime.so.1) exec "$@"';
  return { env: { FAKETIME: off, FAKETIME_DONT_FAKE_MONOTONIC: '1' }, wrap: ['sh', '-c', preload, 'sh'] };
}

/** How much after its time each scheduled notification came. */
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
