import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { CoreRig } from '../support/core-rig.js';
import { RedisRig } from '../support/redis-rig.js';
import { GatewayNode } from './gateway-node.js';
import { LedgerStory } from './ledger-story.js';

/** First seed. `STORY_SEED=42` runs that story; `STORIES=3000` runs more of them. */
const FIRST = Number(process.env['STORY_SEED'] ?? 1);
const STORIES = process.env['STORY_SEED'] === undefined ? Number(process.env['STORIES'] ?? 60) : 1;

let redis: RedisRig;
let rig: CoreRig;
let nodes: GatewayNode[];

beforeAll(async () => {
  Logger.overrideLogger(false);
  redis = await RedisRig.start();
  rig = await CoreRig.start({
    redis,
    env: { HEADS_POLL_MS: '50', WS_HELLO_GRACE_MS: '0', LEASE_MS: '86400000', WS_WINDOW: '4' },
  });
  nodes = [new GatewayNode(rig), new GatewayNode(rig)];
  for (const node of nodes) await node.start();
});
afterAll(async () => {
  for (const node of nodes) await node.stop();
  await rig.close();
  await redis.stop();
});

const faultsOf = (seed: number, patienceMs: number): Promise<string[]> =>
  new LedgerStory(seed, rig, nodes, patienceMs).run().catch((error: unknown) => [String(error)]);

describe('the ledger', () => {
  it(
    'says what the clients did in every story',
    async () => {
      const broken: string[] = [];
      for (let seed = FIRST; seed < FIRST + STORIES && broken.length < 5; seed++) {
        const faults = await faultsOf(seed, 30_000);
        if (faults.length > 0) broken.push(`STORY_SEED=${seed}: ${faults.slice(0, 3).join('; ')}`);
      }
      expect(broken).toEqual([]);
    },
    STORIES * 40_000,
  );

  it('would be caught if an ack counted for an entry that was told to be gone', async () => {
    const store = rig.acks.ack.bind(rig.acks);
    const trusting = jest.spyOn(rig.acks, 'ack').mockImplementation((topics) =>
      store(
        topics.map((topic) => ({
          ...topic,
          sessions: new Map([...topic.sessions].map(([id, one]) => [id, { ...one, settled: Number.MAX_SAFE_INTEGER }])),
        })),
      ),
    );
    let faults: string[] = [];
    for (let seed = 1_001; seed < 1_200 && faults.length === 0; seed++) faults = await faultsOf(seed, 2_000);
    trusting.mockRestore();
    expect(faults).not.toEqual([]);
  });
});
