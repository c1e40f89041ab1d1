import { setTimeout as delay } from 'node:timers/promises';
import { duration } from '../clock.js';
import type { Row } from '../row.js';
import { users } from '../users.js';

const KILLS = 5;

export const row: Row = {
  number: 1,
  title: 'kill −9 of an API node, five times, with commits under way',
  ci: true,
  bar: 'one id per key; accept gap ≤ 1 s with two nodes',
  best: 'none publishes it',

  async run(stage) {
    const world = await stage.world({
      nodes: [
        { id: 'api-1', roles: ['api'] },
        { id: 'api-2', roles: ['api'] },
        { id: 'gateway', roles: ['gateway'] },
        { id: 'worker', roles: ['worker'] },
      ],
    });
    await stage.clients({ users: users(100) });
    const load = { ratePerSecond: 300, lanes: 32, to: 'users', users: users(100), repeats: 0.05 } as const;
    await stage.publish(load);
    for (let kill = 0; kill < KILLS; kill += 1) {
      await delay(stage.between(1_500, 3_000));
      const id = stage.pick(['api-1', 'api-2']);
      stage.say(`kill −9 ${id}`);
      await world.node(id).kill();
      await delay(stage.between(200, 1_000));
      await world.node(id).restart();
      stage.say(`${id} is back`);
    }
    await delay(1_000);
    const [stats] = await stage.stopPublishing();
    const judgement = await stage.judge();
    const { acceptGapMs = 0, faults = {}, repeated = 0 } = stats ?? {};
    const attempts = Object.values(faults).reduce((sum, count) => sum + count, 0);
    stage.must(attempts > 0, 'some attempt met a dead node');
    return {
      'accept gap': duration(acceptGapMs),
      'attempts that failed': attempts,
      'keys asked again after their answer': repeated,
      'ids of one key': judgement.duplicates.length === 0 ? 1 : '> 1',
    };
  },
};
