import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { RedisFactory } from '../../src/redis/redis-factory.js';
import { CoreRig } from '../support/core-rig.js';
import { RedisRig } from '../support/redis-rig.js';
import { GatewayNode } from './gateway-node.js';
import { GatewayStory } from './gateway-story.js';

/** First seed. `STORY_SEED=42` runs that story; `STORIES=3000` runs more of them. */
const FIRST = Number(process.env['STORY_SEED'] ?? 1);
const STORIES = process.env['STORY_SEED'] === undefined ? Number(process.env['STORIES'] ?? 500) : 1;

let redis: RedisRig;
let rig: CoreRig;
let nodes: GatewayNode[];
const clients: Awaited<ReturnType<RedisFactory['connect']>>[] = [];

beforeAll(async () => {
  Logger.overrideLogger(false);
  redis = await RedisRig.start();
  const connect = jest.spyOn(RedisFactory.prototype, 'connect');
  rig = await CoreRig.start({
    redis,
    // Emptying Redis between two stories removes the lease too, which must not affect the next one.
    env: { HEADS_POLL_MS: '50', WS_HELLO_GRACE_MS: '0', LEASE_MS: '86400000', WS_WINDOW: '4' },
  });
  clients.push(...(await Promise.all(connect.mock.results.map(({ value }) => value as Promise<never>))));
  connect.mockRestore();
  nodes = [new GatewayNode(rig), new GatewayNode(rig)];
  for (const node of nodes) await node.start();
});
afterAll(async () => {
  for (const node of nodes) await node.stop();
  await rig.close();
  await redis.stop();
});

const tell = (): void => clients.forEach((client) => client.emit('close'));
const story = (seed: number, patienceMs: number): GatewayStory =>
  new GatewayStory(seed, rig, nodes, rig.redis, tell, patienceMs);

describe('a gateway, its sessions and its logs', () => {
  it(
    'keep their promises in every story',
    async () => {
      const broken: string[] = [];
      for (let seed = FIRST; seed < FIRST + STORIES && broken.length < 5; seed++) {
        const faults = await story(seed, 30_000)
          .run()
          .catch((error: unknown) => [String(error)]);
        await rig.redis.flushdb();
        if (faults.length > 0) broken.push(`STORY_SEED=${seed}: ${faults.slice(0, 3).join('; ')}`);
      }
      expect(broken).toEqual([]);
    },
    STORIES * 40_000,
  );

  it('would be caught if nobody compared the logs after a failover', async () => {
    const heads = rig.log.heads.bind(rig.log);
    const blind = jest.spyOn(rig.log, 'heads').mockImplementation(async (...asked) => {
      return (await heads(...asked)).map((head) => ({ ...head, diverged: false }));
    });
    let faults: string[] = [];
    for (let seed = 1; seed < 200 && faults.length === 0; seed++) {
      faults = await story(seed, 4_000).run();
      await rig.redis.flushdb();
    }
    blind.mockRestore();
    expect(faults).not.toEqual([]);
  });
});
