import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { PostriderOptions } from '@postrider/client';
import { PostriderRig } from '../support/postrider-rig.js';
import { Publisher } from '../support/publisher.js';
import type { HistoryEntry, Page } from '../support/rest-types.js';
import { SdkClient } from '../support/sdk-client.js';
import type { ServerRig } from '../support/server-rig.js';
import type { TokenClaims } from '../support/tokens.js';
import { inLanes, until } from '../support/wait.js';

const USERS = 20;
const ROUNDS = 30;
const TOTAL = USERS * ROUNDS;
const numbers = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

describe('the client SDK while everything breaks', () => {
  let rig: PostriderRig;
  const clients: SdkClient[] = [];
  const connect = (user: string, claims: TokenClaims = {}, options: Partial<PostriderOptions> = {}): SdkClient => {
    const client = new SdkClient(rig, user, claims, options);
    clients.push(client);
    return client;
  };

  beforeAll(async () => {
    rig = await PostriderRig.start({ nodes: 2, redis: { appendOnly: true } });
  });

  afterAll(async () => {
    await Promise.all(clients.map(({ client }) => client.close()));
    await rig?.close();
  });

  /** Publishes to all users from several lanes; `meanwhile` gets the published share. */
  async function publishTo(users: readonly SdkClient[], mark: string, meanwhile: () => Promise<void>): Promise<void> {
    const publisher = new Publisher([rig.rest(0), rig.rest(1)], rig.ledger);
    const begun = rig.ledger.publications.length;
    const publishing = inLanes(numbers(5), 5, async (lane) => {
      for (const n of numbers(ROUNDS)) {
        for (let at = lane; at < users.length; at += 5) {
          const to = { user: users[at]?.client.user ?? '' };
          await publisher.publish({ to, type: 'note', data: { n } }, `${mark}/${at}/${n}`);
        }
      }
    });
    await until(() => rig.ledger.publications.length - begun >= TOTAL / 3, { timeoutMs: 60_000 });
    await meanwhile();
    await publishing;
  }

  const expectAllOnce = async (users: readonly SdkClient[]): Promise<void> => {
    await until(() => users.every(({ handled }) => handled.length >= ROUNDS), { timeoutMs: 40_000 });
    for (const { handled } of users) {
      expect(handled.map((data) => (data as { n: number }).n)).toEqual(numbers(ROUNDS));
    }
    await until(async () => (await rig.rest().books()).pending === 0, { timeoutMs: 40_000 });
    expect(await rig.rest().books()).toMatchObject({ dead: 0, difference: 0 });
  };

  it.each([
    ['killed', (node: ServerRig) => node.kill()],
    ['stopped', (node: ServerRig) => node.stop(30_000)],
  ])(
    'a node %s: sessions go on at the other with the token they had, everything comes once and in order',
    async (how, end) => {
      const users = await Promise.all(numbers(USERS).map((n) => connect(`${how}-${n}`).listen().open()));
      const sessions = users.map(({ client }) => client.session);
      await publishTo(users, how, async () => {
        await end(rig.server(1));
        await rig.server(1).restart();
      });
      await expectAllOnce(users);
      expect(users.map(({ client }) => client.session)).toEqual(sessions);
      expect(users.some(({ connections }) => connections > 1)).toBe(true);
      expect(users.map(({ tokensAsked }) => tokensAsked)).toEqual(users.map(() => 1));
    },
  );

  it('Redis is killed: nothing is lost or shown twice, and messages published meanwhile arrive once', async () => {
    const users = await Promise.all(numbers(USERS).map((n) => connect(`friend-${n}`).listen().open()));
    const claims = { topics: ['orders.*'], publish: ['orders.*'] };
    const shop = await connect('shop', claims, { requestTimeoutMs: 2_000 }).open();
    const orders: number[] = [];
    await shop.client.subscribe<number>('orders.redis', ({ data }) => void orders.push(data));
    let published: Promise<unknown> = Promise.resolve();
    await publishTo(users, 'redis', async () => {
      await rig.redis.kill();
      published = Promise.all(numbers(20).map((n) => shop.client.publish('orders.redis', 'paid', n)));
      await rig.redis.restart();
    });
    await published;
    await expectAllOnce(users);
    await until(() => orders.length >= 20);
    expect(orders.toSorted((one, other) => one - other)).toEqual(numbers(20));
  });

  it('the outbox survives a restart: one entry each, in order', async () => {
    const claims = { topics: ['orders.*'], publish: ['orders.*'] };
    const shop = await connect('keeper', claims).open();
    const publishing: Promise<{ offset: number }>[] = [];
    for (const n of numbers(50)) {
      publishing.push(shop.client.publish('orders.outbox', 'paid', n));
      if (n === 20) await Promise.all([rig.server(0).kill(), rig.server(1).kill()]);
    }
    await Promise.all([rig.server(0).restart(), rig.server(1).restart()]);
    await Promise.all(publishing);
    const { body } = await rig.rest().get<Page<HistoryEntry>>('/v1/topics/orders.outbox/history?limit=100');
    expect(body.items.map(({ data }) => data)).toEqual(numbers(50));
  });

  it('tokens that end are renewed in time, on the same connection', async () => {
    const user = await connect('short', { ttlMs: 4_000 }).listen().open();
    const refreshed = jest.fn();
    user.client.on('state', refreshed);
    const began = Date.now();
    await until(() => Date.now() - began > 9_000, { timeoutMs: 15_000, everyMs: 200 });
    await rig.rest().notify({ to: { user: 'short' }, type: 'note', data: 'still here' });
    await until(() => user.handled.length === 1);
    expect(user.connections).toBe(1);
    expect(refreshed).not.toHaveBeenCalled();
  });
});

describe('the client SDK when it is refused', () => {
  let rig: PostriderRig;
  const clients: SdkClient[] = [];

  beforeAll(async () => {
    rig = await PostriderRig.start();
  });

  afterAll(async () => {
    await Promise.all(clients.map(({ client }) => client.close()));
    await rig?.close();
  });

  it.each([
    ['signed with another key', () => rig.tokens.forged('ann')],
    ['that has expired', () => rig.tokens.expired('ann')],
  ])('asks for another token and says why for one %s', async (_, make) => {
    const token = await make();
    let refused = 0;
    const mended = (): string | Promise<string> => (++refused > 3 ? rig.tokens.sign('ann') : token);
    const user = new SdkClient(rig, 'ann', {}, { token: mended });
    clients.push(user);
    await user.open();
    expect(user.errors.map(({ code, retryable }) => [code, retryable])).toEqual(
      Array.from({ length: 3 }, () => ['unauthorized', true]),
    );
    // The server's message, not the code again.
    expect(user.errors[0]?.message).toMatch(/^The token .+\.$/);
  });

  it('waits for a server that is down at the start', async () => {
    await rig.server().kill();
    const user = new SdkClient(rig, 'ben').listen();
    clients.push(user);
    await until(() => user.states.some(({ state, reason }) => state === 'waiting' && reason === 'unreachable'));
    await rig.server().restart();
    await user.open();
    await rig.rest().notify({ to: { user: 'ben' }, type: 'note', data: 'welcome' });
    await until(() => user.handled.length === 1);
  });
});
