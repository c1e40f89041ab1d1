import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { Config } from '../../src/config/config.js';
import { Metrics } from '../../src/observability/metrics.js';
import { type RedisClient, RedisFactory } from '../../src/redis/redis-factory.js';
import { Certificates } from '../support/certificates.js';
import { freePort } from '../support/free-port.js';
import { RedisClusterRig } from '../support/redis-cluster-rig.js';
import { RedisRig } from '../support/redis-rig.js';
import { until } from '../support/wait.js';

const factories: RedisFactory[] = [];

beforeAll(() => Logger.overrideLogger(false));
afterEach(async () => {
  await Promise.all(factories.splice(0).map((factory) => factory.onApplicationShutdown()));
});

function factoryOf(url: string, env: Record<string, string> = {}): RedisFactory {
  const secrets = { API_KEYS: 'main:test:key', JWT_SECRET: 'a-secret-of-at-least-16', BOOT_REDIS_WAIT_MS: '60000' };
  const given = { NODE_ENV: 'test', REDIS_URL: url, ...secrets, ...env };
  const factory = new RedisFactory(Config.from(given), new Metrics());
  factories.push(factory);
  return factory;
}

describe('a database that REDIS_URL names', () => {
  let redis: RedisRig;
  beforeAll(async () => {
    redis = await RedisRig.start({ args: ['--databases', '4'] });
  });
  afterAll(() => redis?.stop());

  it('ends the start with the error of Redis if it does not exist, and no other is used', async () => {
    const factory = factoryOf(`${redis.url}/99`);
    await expect(factory.connect('probe', 'command')).rejects.toThrow(/refuses database 99 .* out of range/);
    expect(await redis.control.dbsize()).toBe(0);
  });

  it('is kept when Redis has fewer databases after a reconnect', async () => {
    const users: RedisClient[] = [];
    const factory = factoryOf(`${redis.url}/3`);
    for (const role of ['command', 'worker', 'subscriber'] as const) users.push(await factory.connect(role, role));
    await users[0]?.set('mine', '1');
    let readies = 0;
    for (const user of users) user.on('ready', () => (readies += 1));
    await redis.kill();
    const fewer = await RedisRig.start({ args: ['--databases', '2'], port: redis.port });
    const refusals = async (): Promise<number> =>
      Number(/errorstat_ERR:count=(\d+)/.exec(await fewer.control.info('errorstats'))?.[1] ?? 0);
    await until(async () => (await refusals()) >= 6, {
      timeoutMs: 30_000,
      what: 'the database is refused again and again',
    });
    await expect(users[0]?.set('astray', '1')).rejects.toThrow(/writeable|closed/);
    expect([readies, await fewer.control.dbsize()]).toEqual([0, 0]);
    await fewer.stop();
    await redis.restart();
    await until(() => users.every(({ status }) => status === 'ready'), { timeoutMs: 30_000 });
  });
});

describe('Sentinels that ask for a password', () => {
  const PASSWORD = 'p@ss:word';
  let redis: RedisRig;
  let sentinel: RedisRig;
  beforeAll(async () => {
    redis = await RedisRig.start();
    const monitor = ['--sentinel', 'monitor', 'main', '127.0.0.1', String(redis.port), '1'];
    sentinel = await RedisRig.start({ sentinel: true, args: monitor });
    await redis.control.call('ACL', 'SETUSER', 'ann', 'on', `>${PASSWORD}`, '~*', '&*', '+@all');
  });
  afterAll(() => Promise.all([redis, sentinel].map((one) => one?.stop())));
  afterEach(async () => {
    await sentinel.control.call('ACL', 'SETUSER', 'default', 'on', 'nopass', '~*', '&*', '+@all');
    await sentinel.control.call('ACL', 'DELUSER', 'ann');
  });

  const urlOf = (credentials: string, query = ''): string =>
    `redis+sentinel://${credentials}127.0.0.1:${sentinel.port}/main${query}`;
  const protect = async (user: string, password: string): Promise<void> => {
    if (user !== 'default')
      await sentinel.control.call('ACL', 'SETUSER', user, 'on', `>${password}`, '~*', '&*', '+@all');
    await sentinel.control.call(
      'ACL',
      'SETUSER',
      'default',
      'resetpass',
      `>${user === 'default' ? password : 'other'}`,
    );
  };
  const own = `ann:${encodeURIComponent(PASSWORD)}@`;

  it.each<[string, () => Promise<void>, string]>([
    ['the same user and password as Redis', () => protect('ann', PASSWORD), own],
    ['nobody, although Redis does', async () => undefined, own],
  ])('are asked with what they want: %s', async (_, prepare, credentials) => {
    await prepare();
    const client = await factoryOf(urlOf(credentials)).connect('probe', 'command');
    await expect(client.ping()).resolves.toBe('PONG');
  });

  it('are asked with the credentials that the URL has for them', async () => {
    await protect('default', 'sentinel+secret');
    const client = await factoryOf(urlOf(own, '?sentinelPassword=sentinel%2Bsecret')).connect('probe', 'command');
    await expect(client.ping()).resolves.toBe('PONG');
  });

  it('end the start with their own error if they refuse', async () => {
    await protect('default', 'another');
    const factory = factoryOf(urlOf(own), { BOOT_REDIS_WAIT_MS: '6000' });
    await expect(factory.connect('probe', 'command')).rejects.toThrow(/Sentinels? .*WRONGPASS/);
  });

  it('are reported when they get a password while connections are open, and asked with it if it is known', async () => {
    const [knowing, unknowing] = [factoryOf(urlOf(own)), factoryOf(urlOf('', '?sentinelPassword='))];
    const client = await knowing.connect('probe', 'command');
    expect([knowing.sentinelTrouble, unknowing.sentinelTrouble]).toEqual(['', '']);
    await protect('ann', PASSWORD);
    await until(() => unknowing.sentinelTrouble.includes('NOAUTH'), { timeoutMs: 40_000 });
    expect(knowing.sentinelTrouble).toBe('');
    let readies = 0;
    client.on('ready', () => (readies += 1));
    await redis.control.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    await until(() => readies > 0 && client.status === 'ready', { timeoutMs: 40_000 });
  });
});

describe('a Cluster by TLS that announces names', () => {
  let certificates: Certificates;
  let cluster: RedisClusterRig;
  const ports: number[] = [];

  beforeAll(async () => {
    certificates = await Certificates.make();
    const { cert, key } = await certificates.issue('cluster', 'DNS:localhost');
    for (const _ of [0, 1, 2]) ports.push(await freePort());
    const tls = ['--tls-cert-file', cert, '--tls-key-file', key, '--tls-ca-cert-file', certificates.ca];
    const names = ['--cluster-announce-hostname', 'localhost', '--cluster-preferred-endpoint-type', 'hostname'];
    cluster = await RedisClusterRig.start({
      args: [...tls, '--tls-auth-clients', 'no', '--tls-cluster', 'yes', ...names],
      node: (index) => ['--tls-port', String(ports[index])],
    });
  });
  afterAll(async () => {
    await cluster?.stop();
    await certificates?.remove();
  });

  it('is reached by its names', async () => {
    const env = { REDIS_TLS_CA_FILE: certificates.ca };
    const client = await factoryOf(`rediss+cluster://localhost:${ports[0]}`, env).connect('probe', 'command');
    const keys = Array.from({ length: 20 }, (_, index) => `key-${index}`);
    await Promise.all(keys.map((key) => client.set(key, key)));
    await expect(Promise.all(keys.map((key) => client.get(key)))).resolves.toEqual(keys);
  });

  it('cannot be reached without its CA, and the start says so', async () => {
    const factory = factoryOf(`rediss+cluster://localhost:${ports[0]}`, { BOOT_REDIS_WAIT_MS: '6000' });
    await expect(factory.connect('probe', 'command')).rejects.toThrow(/self-signed certificate/);
  });
});
