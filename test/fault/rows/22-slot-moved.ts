import { setTimeout as delay } from 'node:timers/promises';
import keySlot from 'cluster-key-slot';
import { partitionOf } from '../../../src/contract/partition.js';
import { duration } from '../clock.js';
import type { Row } from '../row.js';
import { users } from '../users.js';

const USERS = users(100);
const MOVES = 6;
/** Slot of the BullMQ jobs. */
const QUEUES_SLOT = keySlot('{pr:queue}');

export const row: Row = {
  number: 22,
  title: 'Redis Cluster: slots with live topics and that of the jobs are moved to another master and back under load',
  ci: false,
  bar: 'accept gap ≤ 2 s',
  best: 'none publishes it',

  async run(stage) {
    const { cluster } = await stage.world({ redis: 'cluster' });
    await stage.clients({ users: USERS, topics: ['public.news'] });
    const load = { ratePerSecond: 150, lanes: 32, users: USERS } as const;
    const publisher = await stage.publish({ ...load, to: { mostly: 'users', topic: 'public.news' } });
    await delay(2_000);
    await publisher.call('resetGap');
    const masters = cluster.nodes.slice(0, 3);
    const slots = new Set(['public.news', ...USERS.map((user) => `user:${user}`)].map((topic) => slotOf(topic)));
    const moved = [
      slotOf('public.news'),
      QUEUES_SLOT,
      ...Array.from({ length: MOVES - 2 }, () => stage.pick([...slots])),
    ];
    for (const slot of moved) {
      const owner = await cluster.ownerOf(slot);
      const target = stage.pick(masters.filter((node) => node !== owner));
      stage.say(`slot ${slot} moves from port ${owner.port} to ${target.port}`);
      await cluster.moveSlot(slot, target);
      await delay(stage.between(500, 1_500));
      await cluster.moveSlot(slot, owner);
      await delay(stage.between(200, 800));
    }
    const { acceptGapMs } = await publisher.call('stats');
    await delay(1_000);
    await stage.judge();
    return { 'slots moved': 2 * moved.length, 'accept gap': duration(acceptGapMs) };
  },
};

const slotOf = (topic: string): number => keySlot(`{${partitionOf(`main:${topic}`)}}`);
