import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { ConsoleClient } from '../support/console-client.js';
import { FrameSocket } from '../support/frame-socket.js';
import { RedisClusterRig } from '../support/redis-cluster-rig.js';
import { RedisRig } from '../support/redis-rig.js';
import { RestClient } from '../support/rest-client.js';
import { ServerRig } from '../support/server-rig.js';
import { TokenMint } from '../support/tokens.js';
import { until } from '../support/wait.js';

const API_KEY = 'key-of-the-acl-spec';
const ADMIN_KEY = 'admin-key-of-the-acl-spec';

/** Reads the rules of docs/redis.md. */
async function documentedRules(): Promise<string[]> {
  const document = await readFile(new URL('../../docs/redis.md', import.meta.url), 'utf8');
  const [, rules = ''] = /^user postrider (.+)$/m.exec(document) ?? [];
  return rules.split(' ').filter(Boolean);
}

/** Redis or Cluster, with its URL and the rules that the document adds for it. */
interface Place {
  nodes: readonly RedisRig[];
  url: string;
  more: readonly string[];
  stop: () => Promise<void>;
}

async function oneServer(): Promise<Place> {
  const redis = await RedisRig.start({ appendOnly: true });
  return { nodes: [redis], url: redis.url, more: [], stop: () => redis.stop() };
}

async function aCluster(): Promise<Place> {
  const cluster = await RedisClusterRig.start({ appendOnly: true });
  const more = ['+cluster|slots', '+cluster|info'];
  return { nodes: cluster.nodes, url: cluster.url, more, stop: () => cluster.stop() };
}

const tokens = new TokenMint();

describe.each([
  ['one server', oneServer],
  ['a Cluster', aCluster],
])('the user that docs/redis.md gives Postrider, on %s', (_, startPlace) => {
  let place: Place;
  let password: string;
  let server: ServerRig;
  let rest: RestClient;

  const refused = async (): Promise<unknown[]> =>
    (await Promise.all(place.nodes.map(({ control }) => control.call('ACL', 'LOG')))).flat();

  beforeAll(async () => {
    place = await startPlace();
    const rules = [...(await documentedRules()), ...place.more];
    await Promise.all(place.nodes.map(({ control }) => control.call('ACL', 'SETUSER', 'postrider', ...rules)));
    password = rules.find((rule) => rule.startsWith('>'))?.slice(1) ?? '';
    server = await ServerRig.start({
      env: {
        REDIS_URL: place.url.replace('://', `://postrider:${password}@`),
        API_KEYS: `main:test:${API_KEY}`,
        JWT_SECRET: tokens.secret,
        ADMIN_KEYS: `ada:${ADMIN_KEY}`,
        SWEEP_MS: '200',
        SAMPLE_MS: '200',
        REST_RATE_PER_KEY: '10',
      },
    });
    rest = new RestClient(server.url, API_KEY);
  });

  afterAll(async () => {
    await server?.kill();
    await place?.stop();
  });

  it('is enough for the whole life of a notification', async () => {
    const socket = await FrameSocket.open(server.socketUrl, { token: await tokens.sign('ada', { topics: ['*'] }) });
    await socket.welcome();
    socket.send('subscribe', { topic: 'news' }, 'news');
    await socket.subscribed('news');

    const { id } = await rest.notify({ to: { user: 'ada' }, type: 'note', data: 1 }, 'a-key');
    const note = await socket.notification();
    socket.send('ack', { topic: note.topic, offset: note.offset }, 'ack');
    await socket.answer('ack');
    await until(async () => (await rest.status(id)).state === 'acknowledged');

    await rest.notify({ to: { topic: 'news' }, type: 'note', data: 2 });
    const { id: lost } = await rest.notify({
      to: { user: 'ada' },
      type: 'note',
      data: 3,
      ackWaitMs: 100,
      maxAttempts: 1,
    });
    await until(async () => (await rest.status(lost)).state === 'dead');
    const { body } = await rest.get<{ items: { letter: string }[] }>('/v1/dead-letters');
    expect(body.items).toHaveLength(1);

    const { id: later } = await rest.notify({
      to: { user: 'ada' },
      type: 'note',
      data: 4,
      deliverAt: new Date(Date.now() + 300).toISOString(),
    });
    await until(() => socket.notifications().some((one) => one.id === later || one.data === 4));
    for (const path of [
      '/v1/books',
      '/v1/topics/news',
      '/v1/topics/news/history',
      '/v1/users/ada/sessions',
      '/metrics',
    ]) {
      expect([path, (await rest.get(path)).status]).toEqual([path, 200]);
    }
    socket.close();
    await until(async () => (await rest.get('/health/ready')).status === 200);
    expect(await refused()).toEqual([]);
  });

  it('is enough for the console and the board of the queues', async () => {
    const { console: operator } = await ConsoleClient.signIn(server.url, ADMIN_KEY);
    expect((await operator?.call('GET', '/console/queues/api/queues'))?.status).toBe(200);
    expect((await operator?.call('GET', '/v1/dead-letters', 'main'))?.status).toBe(200);
  });

  it.each([
    'CONFIG GET *',
    'CONFIG SET dir /tmp',
    'FLUSHALL',
    'FLUSHDB',
    'KEYS *',
    'SHUTDOWN',
    'MONITOR',
    'SAVE',
    'REPLICAOF NO ONE',
    'MODULE LIST',
    'ACL LIST',
    'CLIENT KILL TYPE normal',
    'SCRIPT FLUSH',
    'FUNCTION FLUSH',
    'MIGRATE 127.0.0.1 1 a 0 1',
    'SWAPDB 0 1',
    'GET other:key',
    'SET other:key 1',
    'SUBSCRIBE other',
    'PUBLISH other 1',
  ])('is not enough for %s', async (command) => {
    const [name = '', ...args] = command.split(' ');
    const limited = new Redis({ port: place.nodes[0]?.port, username: 'postrider', password });
    await expect(limited.call(name, ...args)).rejects.toThrow(/NOPERM/);
    limited.disconnect();
  });

  it('is enough to stop', async () => {
    await Promise.all(place.nodes.map(({ control }) => control.call('ACL', 'LOG', 'RESET')));
    expect(await server.stop()).toEqual({ code: 0, signal: null });
    expect(await refused()).toEqual([]);
  });
});
