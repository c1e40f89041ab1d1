import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Ledger } from '../support/ledger.js';
import { RedisClusterRig } from '../support/redis-cluster-rig.js';
import { ReferenceClient, type ReferenceClientOptions } from '../support/reference-client.js';
import { RestClient } from '../support/rest-client.js';
import type { Page } from '../support/rest-types.js';
import { ServerRig } from '../support/server-rig.js';
import { TokenMint } from '../support/tokens.js';
import { until } from '../support/wait.js';

const KEY = 'key-of-the-cluster-test';
const USERS = Array.from({ length: 12 }, (_, index) => `user-${index}`);

describe('on a Redis Cluster', () => {
  const tokens = new TokenMint();
  const ledger = new Ledger();
  const servers: ServerRig[] = [];
  const clients: ReferenceClient[] = [];
  const handled = new Map<string, string[]>();
  let redis: RedisClusterRig;

  const rest = (node = 0): RestClient => new RestClient(servers[node]?.url ?? '', KEY);

  async function connect(user: string, options: Partial<ReferenceClientOptions> = {}): Promise<ReferenceClient> {
    const urls = servers.map(({ socketUrl }) => socketUrl);
    const inTurn = clients.length % 2 === 0 ? urls : urls.toReversed();
    const types: string[] = [];
    handled.set(user, types);
    const handle = ({ type }: { type: string }): void => void types.push(type);
    const token = (): Promise<string> => tokens.sign(user);
    const client = new ReferenceClient({ name: user, ledger, handle, ...options, urls: inTurn, token });
    clients.push(client);
    return client.open();
  }

  const stateOf = (id: string, state: string): Promise<unknown> =>
    until(async () => (await rest(1).status(id)).state === state, { what: `${id} is ${state}` });

  beforeAll(async () => {
    redis = await RedisClusterRig.start();
    for (const node of [0, 1]) {
      const env = {
        NODE_ENV: 'test',
        REDIS_URL: redis.url,
        API_KEYS: `main:test:${KEY}`,
        JWT_SECRET: tokens.secret,
        NODE_ID: `node-${node}`,
        SWEEP_MS: '500',
      };
      servers.push(await ServerRig.start({ env }));
    }
    for (const user of USERS) await connect(user, { topics: ['public.news'] });
  });

  afterAll(async () => {
    for (const client of clients) client.close();
    await Promise.all(servers.map((server) => server.kill()));
    await redis?.stop();
  });

  it('delivers to a user, to many users, to a topic and to all, from any node', async () => {
    await rest(0).notify({ to: { user: 'user-1' }, type: 'one', data: {} });
    const many = await rest(1).notify({ to: { users: USERS }, type: 'many', data: {} });
    const topic = await rest(0).notify({ to: { topic: 'public.news' }, type: 'topic', data: {}, ack: 'all' });
    await rest(1).notify({ to: { all: true }, type: 'everybody', data: {} });
    const expected = ['everybody', 'many', 'topic'];
    await until(() => USERS.every((user) => (handled.get(user)?.length ?? 0) >= 3));
    for (const user of USERS) {
      const extra = user === 'user-1' ? ['one'] : [];
      await until(() => handled.get(user)?.length === expected.length + extra.length);
      expect(handled.get(user)?.toSorted()).toEqual([...expected, ...extra].toSorted());
    }
    await stateOf(many.id, 'acknowledged');
    await stateOf(topic.id, 'acknowledged');
    expect((await rest(0).status(topic.id)).recipients).toEqual({ total: 12, acked: 12, pending: 0 });
  });

  it('keeps missed notifications for a user', async () => {
    const [first] = clients;
    await first?.goOffline();
    const { id } = await rest(1).notify({ to: { user: 'user-0' }, type: 'missed', data: {} });
    await first?.open();
    await until(() => handled.get('user-0')?.includes('missed'));
    await stateOf(id, 'acknowledged');
    expect(handled.get('user-0')?.filter((type) => type === 'missed')).toHaveLength(1);
  });

  it('redelivers and dead-letters what nobody acknowledges', async () => {
    await connect('silent', { acknowledges: false });
    const body = { to: { user: 'silent' }, type: 'unheard', data: {}, ackWaitMs: 100, maxAttempts: 2 };
    const { id } = await rest(0).notify(body);
    await stateOf(id, 'dead');
    const { body: letters } = await rest(1).get<Page<{ notification: string; reason: string }>>('/v1/dead-letters');
    expect(letters.items).toEqual([expect.objectContaining({ notification: id, reason: 'max_attempts' })]);
  });

  it('releases scheduled notifications', async () => {
    const { id, state } = await rest(0).notify({ to: { user: 'user-2' }, type: 'later', data: {}, delayMs: 300 });
    expect(state).toBe('scheduled');
    await until(() => handled.get('user-2')?.includes('later'));
    await stateOf(id, 'acknowledged');
  });

  it('treats a repeated key as the same notification on another node', async () => {
    const body = { to: { user: 'user-3' }, type: 'keyed', data: {} };
    const first = await rest(0).notify(body, 'one-key');
    const second = await rest(1).notify(body, 'one-key');
    expect(second.id).toBe(first.id);
  });

  it('balances the books', async () => {
    const books = await until(async () => {
      const now = await rest(0).books();
      return now.pending === 0 && now;
    });
    expect(books).toMatchObject({ dead: 1, pending: 0, counted: 0, difference: 0 });
  });
});
