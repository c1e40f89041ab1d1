import { afterEach, describe, expect, it } from '@jest/globals';
import keySlot from 'cluster-key-slot';
import { Cluster } from 'ioredis';
import { RedisClusterRig } from './redis-cluster-rig.js';
import { RedisRig } from './redis-rig.js';
import { RedisSentinelRig } from './redis-sentinel-rig.js';
import { until } from './wait.js';

const rigs: { stop(): Promise<void> }[] = [];
afterEach(() => Promise.all(rigs.splice(0).map((rig) => rig.stop())));

describe('RedisRig', () => {
  it('comes back on the same port with the contents of the append-only file', async () => {
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
  });
});

describe('RedisClusterRig with replicas', () => {
  it('moves a slot with its keys, and promotes the replica of a master that is killed', async () => {
    const rig = await RedisClusterRig.start({ replicas: 1 });
    rigs.push(rig);
    const cluster = new Cluster(rig.nodes.map(({ port }) => ({ host: '127.0.0.1', port })));
    try {
      const slot = keySlot('moved');
      await cluster.set('moved', 'yes');
      const owner = await rig.ownerOf(slot);
      const other = rig.nodes.find((node) => node !== owner);
      await rig.moveSlot(slot, other!);
      expect(await rig.ownerOf(slot)).toBe(other);
      expect(await cluster.get('moved')).toBe('yes');
      expect(await other?.control.wait(1, 1_000)).toBe(1);
      await other?.kill();
      expect(await until(() => cluster.get('moved'), { timeoutMs: 30_000 })).toBe('yes');
      expect(await until(() => rig.ownerOf(slot, other), { timeoutMs: 20_000 })).not.toBe(other);
    } finally {
      cluster.disconnect();
    }
  });
});

describe('RedisSentinelRig', () => {
  it('promotes a replica when the primary is killed', async () => {
    const rig = await RedisSentinelRig.start({ downAfterMs: 500 });
    rigs.push(rig);
    const client = rig.client();
    await client.set('kept', 'yes');
    expect(await client.wait(2, 1_000)).toBe(2);
    const old = await rig.primary();
    await old.kill();
    const promoted = await rig.promoted(old);
    expect(promoted).not.toBe(old);
    expect(await until(() => client.get('kept'))).toBe('yes');
  });
});
