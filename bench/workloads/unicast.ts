import type { Pace } from '../generator/commands.js';
import { measuredLoad } from './load.js';
import type { Outcome, Stage, Workload } from './workload.js';

const IN_FLIGHT = 128;
const BATCH = 100;
const BATCHES_IN_FLIGHT = 8;

/** Runs a closed loop of single POSTs, each acknowledged by its user. */
export function singles(stage: Stage): Promise<Outcome> {
  return unicast({ inFlight: IN_FLIGHT })(stage);
}

export const UNICAST: readonly Workload[] = [
  { name: 'w1-single', title: `acknowledged unicast, single POSTs, ${IN_FLIGHT} in flight`, run: singles },
  {
    name: 'w1-batch',
    title: `acknowledged unicast, batches of ${BATCH}, ${BATCHES_IN_FLIGHT} in flight`,
    systems: ['postrider'],
    run: unicast({ inFlight: BATCHES_IN_FLIGHT, batch: BATCH }),
  },
  {
    name: 'w1-always',
    title: `acknowledged unicast, single POSTs, ${IN_FLIGHT} in flight, appendfsync always`,
    systems: ['postrider'],
    settings: { appendfsync: 'always' },
    run: singles,
  },
  ...[1_000, 4_000].map((perSecond) => ({
    name: `w1-open-${perSecond}`,
    title: `acknowledged unicast, ${perSecond} a second`,
    run: unicast({ perSecond }),
  })),
  ...[1_000, 4_000].map((perSecond) => ({
    name: `w1-batch-open-${perSecond}`,
    title: `acknowledged unicast, ${perSecond} a second in batches of ${BATCH}`,
    systems: ['postrider'] as const,
    run: unicast({ perSecond: perSecond / BATCH, batch: BATCH }),
  })),
];

function unicast(pace: Pace): Workload['run'] {
  return async (stage) => {
    const users = { prefix: 'user', count: stage.users };
    await stage.generator.call('connect', { users });
    return measuredLoad(stage, { to: users, pace, care: 'acked' });
  };
}
