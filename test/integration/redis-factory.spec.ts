import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { Config } from '../../src/config/config.js';
import { Metrics } from '../../src/observability/metrics.js';
import { RedisFactory, type RedisRole } from '../../src/redis/redis-factory.js';
import { metricRows, metricValue } from '../support/metric-rows.js';
import { RedisRig } from '../support/redis-rig.js';
import { until } from '../support/wait.js';

describe('connections to a Redis that hangs', () => {
  let redis: RedisRig;
  const metrics = new Metrics();
  let factory: RedisFactory;

  beforeAll(async () => {
    Logger.overrideLogger(false);
    redis = await RedisRig.start();
    const secrets = { API_KEYS: 'main:test:key', JWT_SECRET: 'a-secret-of-at-least-16' };
    factory = new RedisFactory(Config.from({ NODE_ENV: 'test', REDIS_URL: redis.url, ...secrets }), metrics);
  });

  afterAll(async () => {
    redis?.unpause();
    await factory?.onApplicationShutdown();
    await redis?.stop();
  });

  const told = async (name: string, role: string): Promise<number> =>
    metricValue(metricRows(await metrics.registry.metrics()), `postrider_${name}`, { role });

  it.each<RedisRole>(['command', 'subscriber', 'worker'])(
    'are left although nobody asks anything: %s',
    async (role) => {
      const reconnects = (): Promise<number> => told('redis_reconnects_total', role);
      const before = await reconnects();
      const client = await factory.connect(role, role);
      if (role === 'subscriber') await client.subscribe('anything');
      redis.pause();
      await until(() => client.status !== 'ready', { timeoutMs: 15_000 });
      expect(await told('redis_connections_ready', role)).toBe((await told('redis_connections', role)) - 1);
      redis.unpause();
      await until(() => client.status === 'ready', { timeoutMs: 15_000 });
      expect(await client.ping()).toBeTruthy();
      expect((await reconnects()) - before).toBeGreaterThanOrEqual(1);
    },
  );
});
