import type { Pace } from '../generator/commands.js';
import { measuredLoad } from './load.js';
import type { Workload } from './workload.js';

const TOPIC = 'public.bench';
const PER_SECOND = 50;
/** Subscribers of the wide fan-out, as a multiple of the users. */
const WIDE = 5;

export const FAN_OUT: readonly Workload[] = [
  ...[1, 4, 16].map((inFlight) => ({
    name: `w2-${inFlight}`,
    title: `fan-out of a topic to all users, ${inFlight} in flight`,
    run: fanOut({ inFlight }),
  })),
  {
    name: 'w2-wide',
    title: `fan-out of a topic to ${WIDE} times the users, 4 in flight`,
    run: fanOut({ inFlight: 4 }, WIDE),
  },
  {
    name: 'w2-open',
    title: `fan-out of a topic to all users, ${PER_SECOND} a second`,
    run: fanOut({ perSecond: PER_SECOND }),
  },
];

function fanOut(pace: Pace, multiple = 1): Workload['run'] {
  return async (stage) => {
    const count = stage.users * multiple;
    await stage.generator.call('connect', { users: { prefix: 'user', count }, topic: TOPIC });
    return measuredLoad(stage, { to: { topic: TOPIC, subscribers: count }, pace, care: 'acked' });
  };
}
