import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { checkLedger } from '../support/ledger-checker.js';
import { PostriderRig } from '../support/postrider-rig.js';
import { Publisher } from '../support/publisher.js';
import type { ReferenceClient } from '../support/reference-client.js';
import type { Problem } from '../support/rest-types.js';
import { inLanes, until } from '../support/wait.js';

const USERS = 100;
const ROUNDS = 15;
const PUBLISHERS = 10;
/** Reads that are sent while Redis is unreachable. */
const LOOK_UPS = [
  '/v1/dead-letters',
  '/v1/books',
  '/v1/topics/user:user-1',
  '/v1/topics/user:user-1/history',
  '/v1/topics/user:user-1/presence',
  '/v1/users/user-1/sessions',
  '/v1/users/user-1/unacked',
  '/v1/notifications/smwu11lm3znhkpf16q22e',
  '/v1/notifications/smwu11lm3znhkpf16q22e/timeline',
  '/v1/notifications/smwu11lm3znhkpf16q22e/receipts',
];
const TOTAL = USERS * ROUNDS;

describe('Redis killed and restarted from its append-only file', () => {
  let rig: PostriderRig;
  const clients: ReferenceClient[] = [];

  beforeAll(async () => {
    rig = await PostriderRig.start({ nodes: 2, redis: { appendOnly: true } });
    const users = Array.from({ length: USERS }, (_, index) => `user-${index}`);
    await inLanes(users, 50, async (user) => {
      clients.push(await rig.client(user, { node: clients.length % 2 }).open());
    });
  });

  afterAll(() => rig?.close());

  it('loses nothing that was answered 202 and repeats nothing', async () => {
    const publisher = new Publisher([rig.rest(0), rig.rest(1)], rig.ledger);
    const lanes = Array.from({ length: PUBLISHERS }, (_, lane) => lane);
    const publishing = inLanes(lanes, PUBLISHERS, async (lane) => {
      for (let n = 0; n < ROUNDS; n += 1) {
        for (let user = lane; user < USERS; user += PUBLISHERS) {
          await publisher.publish({ to: { user: `user-${user}` }, type: 'order.shipped', data: { n } }, `${user}/${n}`);
        }
      }
    });
    await until(() => rig.ledger.publications.length >= TOTAL / 3, { timeoutMs: 60_000 });
    await rig.redis.kill();
    await expectQuickRefusals(rig);
    await rig.redis.restart();
    await publishing;
    await until(() => clients.every(({ handledCount }) => handledCount >= ROUNDS), { timeoutMs: 40_000 });

    expect(publisher.retries.length).toBeGreaterThan(0);
    expect(checkLedger(rig.ledger)).toEqual({ lost: [], phantom: [], duplicates: [], disorder: [], untold: [] });
  });

  it('keeps every socket open', () => {
    expect(clients.map(({ connections }) => connections)).toEqual(clients.map(() => 1));
  });

  it('balances the books afterwards', async () => {
    await until(async () => (await rig.rest().books()).pending === 0, { timeoutMs: 30_000 });
    expect(await rig.rest().books()).toMatchObject({
      accepted: TOTAL,
      acked: TOTAL,
      dead: 0,
      counted: 0,
      difference: 0,
    });
  });
});

async function expectQuickRefusals(rig: PostriderRig): Promise<void> {
  for (const node of [0, 1]) {
    const answer = await rig
      .rest(node)
      .post<Problem>('/v1/notifications', { to: { user: 'nobody' }, type: 'x', data: {} }, { timeoutMs: 5_000 });
    expect(answer.status).toBe(503);
    expect(answer.body).toMatchObject({ code: 'redis_unavailable', retryable: true });
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    const asked = LOOK_UPS.map(
      async (path) => `${path} ${(await rig.rest(node).get(path, { timeoutMs: 5_000 })).status}`,
    );
    await expect(Promise.all(asked)).resolves.toEqual(LOOK_UPS.map((path) => `${path} 503`));
    expect((await rig.rest(node).get('/health/live')).status).toBe(200);
    await until(async () => (await rig.rest(node).get('/health/ready')).status === 503, {
      what: 'not ready without Redis',
    });
  }
}
