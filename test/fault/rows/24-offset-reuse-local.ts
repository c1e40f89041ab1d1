import { setTimeout as delay } from 'node:timers/promises';
import type { Delivery, Ledger } from '../../support/ledger.js';
import { until } from '../../support/wait.js';
import { failOverUnreplicated } from '../offset-reuse.js';
import type { Row } from '../row.js';
import { users } from '../users.js';

const USERS = users(30);
const PUBLISHER = 'later';

export const row: Row = {
  number: 24,
  title: 'CONFIRM=local: k notifications are seen, then lost with the primary; their offsets come again for others',
  ci: false,
  bar: 'nobody misses one of the later ones; gap told to everybody who saw what is gone',
  best: 'Kafka truncates by leader epoch (KIP-101); most systems lose them silently',

  async run(stage) {
    const world = await stage.world({ redis: 'sentinel', confirm: 'local' });
    const clients = await stage.clients({ users: USERS });
    const before = await stage.publish({ name: 'before', ratePerSecond: 100, lanes: 10, to: 'users', users: USERS });
    await delay(1_500);
    await before.call('stop');
    const allSeen = async (): Promise<boolean> =>
      (await clients.call('stats')).handled >= (await acceptedBy('before')) + (await acceptedBy('unwritten'));
    const acceptedBy = async (name: string): Promise<number> =>
      (await publishers.get(name)?.call('stats'))?.accepted ?? 0;
    const publishers = new Map([['before', before]]);
    await until(allSeen, { what: 'what was published before the fault has arrived' });

    await failOverUnreplicated(stage, world.sentinel, async () => {
      const load = { ratePerSecond: 200, lanes: 10, to: 'users', users: USERS } as const;
      const unwritten = await stage.publish({ ...load, name: 'unwritten' });
      publishers.set('unwritten', unwritten);
      await delay(600);
      await unwritten.call('stop');
      await until(allSeen, { timeoutMs: 2_000, what: 'what will be lost has arrived' });
    });
    const later = await stage.publish({
      name: PUBLISHER,
      ratePerSecond: 100,
      lanes: 10,
      to: 'users',
      users: USERS,
    });
    await delay(8_000);
    await later.call('stop');
    await world.sentinel.settled();
    await delay(2_000);
    const judgement = await stage.judge();
    // Data that only the dead primary had is lost, also from the books: `local` promises no more.
    judgement.balance.length = 0;
    const lost = judgement.lost.filter((line) => !line.includes('(unwritten/'));
    judgement.lost.splice(0, Infinity, ...lost);

    const reused = reusedOffsets(stage.ledger);
    const missed = missedBy(stage.ledger, PUBLISHER);
    const saw = new Set(marked(stage.ledger, 'unwritten').map(({ session }) => session));
    const told = new Set(stage.ledger.holes.filter(({ reason }) => reason === 'reset').map(({ session }) => session));
    const untold = [...saw].filter((session) => !told.has(session));
    stage.must(missed.length === 0, `${missed.length} later ones missed in silence: ${missed.slice(0, 5).join(', ')}`);
    stage.must(saw.size > 0, 'somebody saw what was lost');
    stage.must(
      untold.length === 0,
      `${untold.length} of ${saw.size} sessions that saw what is gone were told of no gap`,
    );
    return {
      'seen and then gone': marked(stage.ledger, 'unwritten').length,
      'sessions told': `${told.size} of ${saw.size}`,
      'offsets given out twice in one epoch': reused,
    };
  },
};

const marked = ({ deliveries }: Ledger, name: string): Delivery[] =>
  deliveries.filter(({ mark, outcome }) => outcome === 'handled' && mark?.startsWith(`${name}/`));

/** Returns notifications that were accepted for a user but handled by none of its sessions. */
function missedBy(ledger: Ledger, name: string): string[] {
  const seen = new Set(marked(ledger, name).map(({ id }) => id));
  return ledger.publications
    .filter(({ mark, outcome, id = '' }) => outcome === 'accepted' && mark.startsWith(`${name}/`) && !seen.has(id))
    .map(({ mark, targets = [] }) => `${mark} at ${targets.map(({ topic, offset }) => `${topic} ${offset}`).join()}`);
}

function reusedOffsets({ publications, deliveries }: Ledger): number {
  const ids = new Map<string, Set<string>>();
  const published = publications.flatMap(({ id = '', targets = [] }) => targets.map((target) => ({ ...target, id })));
  for (const { topic, epoch, offset, id } of [...published, ...deliveries]) {
    const place = `${topic}@${epoch} ${offset}`;
    ids.set(place, (ids.get(place) ?? new Set()).add(id));
  }
  return [...ids.values()].filter(({ size }) => size > 1).length;
}
