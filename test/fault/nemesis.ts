import { setTimeout as delay } from 'node:timers/promises';
import type { ClientDriver, Stage } from './stage.js';
import type { World } from './world.js';

type Nemesis = readonly [name: string, fault: () => Promise<void>];

const NODES = ['node-1', 'node-2', 'node-3'];

/**
 * Returns faults that a world of three nodes and Sentinels must survive, each with its own end.
 * @param spared node that is not killed.
 */
export function nemeses(stage: Stage, world: World, clients: ClientDriver, spared: string): readonly Nemesis[] {
  const { sentinel } = world;
  const victims = NODES.filter((id) => id !== spared);
  const failOver = async (fault: 'kill' | 'pause'): Promise<void> => {
    await sentinel.settled(60_000);
    const primary = await sentinel.primary();
    if (fault === 'kill') await primary.kill();
    else primary.pause();
    await sentinel.promoted(primary);
    await delay(stage.between(0, 5_000));
    if (fault === 'kill') await primary.restart();
    else primary.unpause();
    await sentinel.settled(60_000);
  };
  return [
    [
      'kill −9 of a node',
      async () => {
        const node = world.node(stage.pick(victims));
        await node.kill();
        await delay(stage.between(0, 5_000));
        await node.restart();
      },
    ],
    [
      'SIGTERM of a node',
      async () => {
        const node = world.node(stage.pick(victims));
        await node.stop(40_000);
        await node.restart();
      },
    ],
    [
      'SIGSTOP of a node',
      async () => {
        const node = world.node(stage.pick(NODES));
        node.signal('SIGSTOP');
        await delay(stage.between(1_000, 20_000));
        node.signal('SIGCONT');
      },
    ],
    ['kill −9 of the primary', () => failOver('kill')],
    ['SIGSTOP of the primary', () => failOver('pause')],
    [
      'SIGSTOP of the replicas',
      async () => {
        const replicas = await sentinel.replicas();
        for (const replica of replicas) replica.pause();
        await delay(stage.between(500, 4_000));
        for (const replica of replicas) replica.unpause();
      },
    ],
    ['SCRIPT FLUSH', async () => void (await (await sentinel.primary()).control.script('FLUSH'))],
    ...['normal', 'pubsub'].map((type): Nemesis => [
      `CLIENT KILL TYPE ${type}`,
      async () => void (await (await sentinel.primary()).control.call('CLIENT', 'KILL', 'TYPE', type)),
    ]),
    ['reset of a third of the sockets', async () => clients.call('cut', 1 / 3, 'reset')],
    ['a third of the clients offline', async () => clients.call('offline', 1 / 3, stage.between(500, 15_000))],
  ];
}
