import { afterEach, describe, expect, it } from '@jest/globals';
import { Cluster } from 'ioredis';
import { RedisClusterRig } from './redis-cluster.rig.js';
import { RedisRig } from './redis.rig.js';
import { until } from './wait.js';

const rigs: { stop(): Promise<void> }[] = [];
afterEach(() => Promise.all(rigs.splice(0).map((rig) => rig.stop())));

describe('RedisRig', () => {
  it('comes back on the same port with what the append-only file holds', async () => {
    const redis = await RedisRig.start({ appendOnly: true });
    rigs.push(redis);
    const client = redis.client();
    await client.set('kept', 'yes');
    await redis.kill();
    await redis.restart();
    expect(await until(() => client.get('kept'))).toBe('yes');
  });
});

describe('RedisClusterRig', () => {
  it('serves every slot', async () => {
    const rig = await RedisClusterRig.start();
    rigs.push(rig);
    const cluster = new Cluster(rig.nodes.map(({ port }) => ({ host: '127.0.0.1', port })));
    try {
      const keys = Array.from({ length: 30 }, (_, index) => `key-${index}`);
      await Promise.all(keys.map((key) => cluster.set(key, key)));
      const sizes = await Promise.all(rig.nodes.map((node) => node.client().dbsize()));
      expect(sizes.every((size) => size > 0)).toBe(true);
    } finally {
      cluster.disconnect();
    }
  }, 40_000);
});
