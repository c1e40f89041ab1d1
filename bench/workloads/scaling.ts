import { setTimeout as sleep } from 'node:timers/promises';
import type { StoreOrder } from '../generator/commands.js';
import { singles } from './unicast.js';
import type { Outcome, Stage, Workload } from './workload.js';

const POSTRIDER = ['postrider'] as const;
const SIZES = { '1k': 1_000, '10k': 10_000, '100k': 100_000 };
/** Stored notifications, as a multiple of the users. */
const PARKED = 1_000;
const PARKED_EACH = 10;
/** Time until the last stored data has been written. */
const SETTLE_MS = 5_000;
const BACKLOGS = { '100': 100, '10k': 10_000, '100k': 100_000 };

/**
 * Workloads that repeat the closed loop of single POSTs with more processes and with more stored
 * data.
 */
export const SCALING: readonly Workload[] = [
  ...[1, 2].map((processes) => ({
    name: `w5-processes-${processes}`,
    title: `acknowledged unicast with ${processes} server process${processes > 1 ? 'es' : ''}`,
    systems: POSTRIDER,
    settings: { processes },
    run: singles,
  })),
  ...Object.entries(SIZES).map(([size, count]) => ({
    name: `w5-topics-${size}`,
    title: `acknowledged unicast where ${size} users have a stored topic`,
    systems: POSTRIDER,
    run: after(() => ({ users: { prefix: 'user', count }, count, care: 'unasked' })),
  })),
  ...Object.entries(BACKLOGS).map(([size, count]) => ({
    name: `w5-backlog-${size}`,
    title: `acknowledged unicast where ${size} notifications wait for users who are not there`,
    systems: POSTRIDER,
    run: after(({ users }) => ({ users: { prefix: 'absent', count: users }, count, care: 'acked' })),
  })),
  {
    name: 'w5-parked',
    title: `idle, where ${PARKED} times the users notifications wait for users who are not there, ${PARKED_EACH} for each`,
    systems: POSTRIDER,
    run: parked,
  },
];

async function parked({ generator, meter, users, durationMs }: Stage): Promise<Outcome> {
  const count = users * PARKED;
  const order: StoreOrder = { users: { prefix: 'absent', count: count / PARKED_EACH }, count, care: 'acked' };
  const [, stored] = await meter.during(() => generator.call('store', order));
  await sleep(SETTLE_MS);
  const [, rest] = await meter.during(() => sleep(2 * durationMs));
  return {
    figures: {
      perSecond: (count / stored.tookMs) * 1_000,
      storedBytes: stored.redis.storedBytes / count,
      redisCommands: rest.redis.commands / count,
      idleCpuPercent: ((rest.serverCpuMs + rest.redisCpuMs) / rest.tookMs) * 100,
      rssMiB: rest.rssBytes / 2 ** 20,
      othersPercent: (rest.othersCpuMs / rest.tookMs) * 100,
    },
  };
}

function after(store: (stage: Stage) => StoreOrder): Workload['run'] {
  return async (stage) => {
    await stage.generator.call('store', store(stage));
    return singles(stage);
  };
}
