import { setTimeout as delay } from 'node:timers/promises';
import { duration, nowMs } from '../clock.js';
import { nemeses } from '../nemesis.js';
import type { Row } from '../row.js';
import { sample, slopePerHour, type Sample } from '../vitals.js';
import { users } from '../users.js';

const USERS = users(60);
const SAMPLE_MS = 5_000;
const MINUTE_MS = 60_000;
/** Node that is never killed, so that a leak shows in it. */
const WATCHED = 'node-1';

export const row: Row = {
  number: 21,
  title: 'soak: a random fault every 5–20 s',
  ci: false,
  bar: 'no slope of memory, handles or descriptors after 10 min',
  best: 'Redpanda runs 11 h of chaos a day',

  async run(stage) {
    const world = await stage.world({ redis: 'sentinel' });
    const clients = await stage.clients({ users: USERS, perUser: 2, topics: ['public.news'] });
    const load = { ratePerSecond: 40, lanes: 30, users: USERS, repeats: 0.02 } as const;
    const publisher = await stage.publish({ ...load, to: { mostly: 'users', topic: 'public.news' } });
    const samples: Sample[] = [];
    const sampling = setInterval(
      () => void sample(world.node(WATCHED)).then((one) => one && samples.push(one)),
      SAMPLE_MS,
    );
    stage.atEnd(async () => clearInterval(sampling));
    const endsAtMs = nowMs() + stage.minutes * MINUTE_MS;
    const faults = nemeses(stage, world, clients, WATCHED);
    const counts: Record<string, number> = {};
    while (nowMs() < endsAtMs) {
      await delay(stage.between(5_000, 20_000));
      const [name, fault] = stage.pick(faults);
      counts[name] = (counts[name] ?? 0) + 1;
      stage.say(name);
      await fault();
    }
    stage.say('quiet');
    await world.sentinel.settled(60_000);
    const { acceptGapMs } = await publisher.call('stats');
    await stage.judge({ quietMs: 120_000 });
    clearInterval(sampling);
    const steady = samples.filter(
      ({ atMs }) => atMs > (samples[0]?.atMs ?? 0) + Math.min(10, stage.minutes / 3) * MINUTE_MS,
    );
    const slope = (of: (sample: Sample) => number): string => `${slopePerHour(steady, of).toFixed(1)}/h`;
    return {
      minutes: stage.minutes,
      faults: Object.entries(counts)
        .map(([name, count]) => `${count} × ${name}`)
        .join(', '),
      'longest accept gap': duration(acceptGapMs),
      'RSS (MiB)': `${steady.at(0)?.rssMib.toFixed(0)} → ${steady.at(-1)?.rssMib.toFixed(0)}, ${slope(({ rssMib }) => rssMib)}`,
      'heap (MiB)': slope(({ heapMib }) => heapMib),
      handles: slope(({ handles }) => handles),
      descriptors: slope(({ descriptors }) => descriptors),
    };
  },
};
