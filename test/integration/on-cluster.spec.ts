import { afterAll, beforeAll } from '@jest/globals';
import { RedisClusterRig } from '../support/redis-cluster-rig.js';

/**
 * Cluster of three masters for the same specs: the keys of each script must be in one slot, each
 * batch on one shard.
 */
let cluster: RedisClusterRig | undefined;
const standalone = process.env['TEST_REDIS_URL'];

beforeAll(async () => {
  cluster = await RedisClusterRig.start();
  process.env['TEST_REDIS_URL'] = cluster.url;
});

afterAll(async () => {
  if (standalone === undefined) delete process.env['TEST_REDIS_URL'];
  else process.env['TEST_REDIS_URL'] = standalone;
  await cluster?.stop();
});

await import('./topics.spec.js');
await import('./sessions.spec.js');
await import('./notification-store.spec.js');
await import('./receipts-property.spec.js');
await import('./system.spec.js');
await import('./deliveries.spec.js');
await import('./key-rates.spec.js');
