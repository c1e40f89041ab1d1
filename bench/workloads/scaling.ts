import { singles } from './unicast.js';
import type { StoreOrder } from '../generator/commands.js';
import type { Stage, Workload } from './workload.js';

const POSTRIDER = ['postrider'] as const;
const SIZES = { '1k': 1_000, '10k': 10_000, '100k': 100_000 };
const BACKLOGS = { '100': 100, '10k': 10_000, '100k': 100_000 };

/** The closed loop of single POSTs again, with more processes and with more that is stored. */
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
];

function after(store: (stage: Stage) => StoreOrder): Workload['run'] {
  return async (stage) => {
    await stage.generator.call('store', store(stage));
    return singles(stage);
  };
}
