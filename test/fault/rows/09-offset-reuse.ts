import { setTimeout as delay } from 'node:timers/promises';
import { duration, nowMs } from '../clock.js';
import { acceptedWithin } from '../measure.js';
import { failOverUnreplicated } from '../offset-reuse.js';
import type { Row } from '../row.js';
import { users } from '../users.js';

const USERS = users(50);
/** Time after which a signal has certainly stopped a process. */
const STOPPING_MS = 100;

export const row: Row = {
  number: 9,
  title: 'both replicas stopped, then the primary killed: nothing that they do not hold counts',
  ci: true,
  bar: 'no 202 while no replica answers',
  best: 'Kafka with acks=all: 0 lost; Redis alone gives out the same offsets twice',

  async run(stage) {
    const world = await stage.world({ redis: 'sentinel' });
    await stage.clients({ users: USERS, topics: ['public.news'] });
    const load = { ratePerSecond: 150, lanes: 16, users: USERS } as const;
    const publisher = await stage.publish({ ...load, to: { mostly: 'users', topic: 'public.news' } });
    await delay(stage.between(1_000, 2_000));
    await publisher.call('resetGap');
    const stopped = { fromMs: 0, toMs: 0 };
    await failOverUnreplicated(stage, world.sentinel, async () => {
      await delay(STOPPING_MS);
      stopped.fromMs = nowMs();
      await delay(1_500);
      stopped.toMs = nowMs();
    });
    await delay(3_000);
    const { acceptGapMs } = await publisher.call('stats');
    await world.sentinel.settled();
    await stage.judge();
    const { holes } = stage.ledger;
    const during = acceptedWithin(stage.ledger, stopped.fromMs, stopped.toMs);
    stage.must(during === 0, `${during} answered 202 while no replica held them`);
    return {
      '202 without a replica': during,
      'accept gap': duration(acceptGapMs),
      'gaps told': holes.filter(({ reason }) => reason === 'reset').length,
    };
  },
};
