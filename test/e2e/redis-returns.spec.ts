import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { RedisSentinelRig } from '../support/redis-sentinel-rig.js';
import type { RedisRig } from '../support/redis-rig.js';
import { until } from '../support/wait.js';

const SCRIPT = fileURLToPath(new URL('../../docker/redis/sentinel/start.sh', import.meta.url));

describe('a server that is started by docker/redis/sentinel/start.sh', () => {
  let env: Record<string, string>;
  let rig: RedisSentinelRig;

  beforeEach(async () => {
    env = { SENTINELS: '127.0.0.1:1', WAIT: '8' };
    rig = await RedisSentinelRig.start({ node: () => ({ under: ['sh', SCRIPT], env }) });
    env['SENTINELS'] = rig.sentinels.map(({ host, port }) => `${host}:${port}`).join(' ');
  });
  afterEach(() => rig?.stop());

  const role = async (node: RedisRig): Promise<unknown> => (await node.control.role())[0];

  it.each([0, 1_900, 2_200, 5_000])(
    'comes back as a replica of the one that is promoted, where it was primary and is started after %d ms',
    async (afterMs) => {
      const old = await rig.primary();
      await old.kill();
      await new Promise((resolve) => setTimeout(resolve, afterMs));
      await old.restart();
      expect(await role(old)).toBe('slave');
      await rig.settled();
      expect(await rig.primary()).not.toBe(old);
    },
  );

  it('is a replica of the primary at once if it was a replica', async () => {
    const [replica] = await rig.replicas();
    await replica?.restart();
    expect(replica && (await role(replica))).toBe('slave');
    await rig.settled();
  });

  it('keeps its role if all were away', async () => {
    const old = await rig.primary();
    await Promise.all(rig.nodes.map((node) => node.kill()));
    await Promise.all(rig.nodes.map((node) => node.restart()));
    await until(async () => (await role(old)) === 'master', { timeoutMs: 60_000 });
    await rig.settled(60_000);
  });
});
