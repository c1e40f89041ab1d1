import { describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { RedisClusterRig } from '../support/redis-cluster-rig.js';
import { RedisRig } from '../support/redis-rig.js';
import { type Answer, RestClient } from '../support/rest-client.js';
import { ServerRig } from '../support/server-rig.js';
import { until } from '../support/wait.js';

const USER = 'postrider';
const PASSWORD = 'a-password-of-the-refusal-spec';
const RULES = ['--user', USER, 'on', `>${PASSWORD}`, '~*', '&*', '+@all'];
const SECRETS = { API_KEYS: 'main:test:key-of-the-refusal-spec', JWT_SECRET: 'a-secret-of-at-least-16' };

interface Ready {
  details: { redis: { status: string; message?: string; detail?: string } };
}

const user =
  (...rules: string[]) =>
  (redis: Redis): Promise<unknown> =>
    redis.call('ACL', 'SETUSER', USER, ...rules);

describe.each(['api', 'gateway', 'worker'])('a process with the role %s alone', (roles) => {
  it('is not ready while Redis refuses its writes', async () => {
    const redis = await RedisRig.start({ args: RULES });
    const url = redis.url.replace('//', `//${USER}:${PASSWORD}@`);
    const server = await ServerRig.start({ env: { ...SECRETS, REDIS_URL: url, ROLES: roles, REDIS_WATCH_MS: '100' } });
    const ready = (): Promise<Answer<Ready>> => new RestClient(server.url).get('/health/ready');
    try {
      await user('-@write')(redis.control);
      const { body } = await until(async () => (await ready()).status === 503 && (await ready()));
      expect(body.details.redis.message).toMatch(/NOPERM/);
      await user('+@write')(redis.control);
      await until(async () => (await ready()).status === 200, { timeoutMs: 40_000 });
    } finally {
      await server.kill();
      await redis.stop();
    }
  });
});

describe('a Cluster', () => {
  it('is reported if one master refuses, and not used if all do', async () => {
    const cluster = await RedisClusterRig.start({ args: RULES });
    const env = { ...SECRETS, REDIS_URL: cluster.url.replace('//', `//${USER}:${PASSWORD}@`), REDIS_WATCH_MS: '100' };
    const server = await ServerRig.start({ env });
    const becomes = (status: number, told: RegExp | undefined): Promise<unknown> =>
      until(
        async () => {
          const answer = await new RestClient(server.url).get<Ready>('/health/ready');
          const { message = '', detail = message } = answer.body.details.redis;
          return answer.status === status && (told ? told.test(detail) : !detail.includes('refuses'));
        },
        { timeoutMs: 30_000, what: `${status} and ${told}` },
      );
    try {
      for (const [index, { control }] of cluster.nodes.entries()) {
        await user('-@write')(control);
        await becomes(index < cluster.nodes.length - 1 ? 200 : 503, /refuses .*NOPERM/);
      }
      for (const { control } of cluster.nodes) await user('+@write')(control);
      await becomes(200, undefined);
    } finally {
      await server.kill();
      await cluster.stop();
    }
  });
});
