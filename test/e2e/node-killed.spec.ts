import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { checkLedger } from '../support/ledger-checker.js';
import { PostriderRig } from '../support/postrider-rig.js';
import { Publisher } from '../support/publisher.js';
import type { ReferenceClient } from '../support/reference-client.js';
import { inLanes, until } from '../support/wait.js';

const USERS = 300;
const ROUNDS = 10;
const PUBLISHERS = 10;
const TOTAL = USERS * ROUNDS;

describe('a node that is killed while it serves', () => {
  let rig: PostriderRig;
  const clients: ReferenceClient[] = [];

  beforeAll(async () => {
    rig = await PostriderRig.start({ nodes: 2 });
    const users = Array.from({ length: USERS }, (_, index) => `user-${index}`);
    await inLanes(users, 50, async (user) => {
      clients.push(await rig.client(user, { node: users.indexOf(user) % 2 }).open());
    });
  });

  afterAll(() => rig?.close());

  it('loses nothing and shows nothing twice to an application', async () => {
    const publisher = new Publisher([rig.rest(1), rig.rest(0)], rig.ledger);
    const published = (share: number): boolean => rig.ledger.publications.length >= TOTAL * share;
    const lanes = Array.from({ length: PUBLISHERS }, (_, lane) => lane);
    const publishing = inLanes(lanes, PUBLISHERS, async (lane) => {
      for (let n = 0; n < ROUNDS; n += 1) {
        for (let user = lane; user < USERS; user += PUBLISHERS) {
          await publisher.publish({ to: { user: `user-${user}` }, type: 'order.shipped', data: { n } }, `${user}/${n}`);
        }
      }
    });
    await until(() => published(1 / 3), { timeoutMs: 60_000 });
    await rig.server(1).kill();
    await until(() => published(1 / 2), { timeoutMs: 60_000 });
    await rig.server(1).restart();
    await publishing;
    await until(() => clients.every(({ handledCount }) => handledCount >= ROUNDS), { timeoutMs: 40_000 });

    expect(publisher.retries.length).toBeGreaterThan(0);
    expect(clients.filter(({ connections }) => connections > 1).length).toBeGreaterThanOrEqual(USERS / 2);
    expect(checkLedger(rig.ledger)).toEqual({ lost: [], phantom: [], duplicates: [], disorder: [], untold: [] });
  });

  it('keeps every session: all of them are resumed', () => {
    expect(rig.ledger.left.size).toBe(0);
  });

  it('makes one notification of each key, however often it is retried, and balances the books', async () => {
    expect(new Set(rig.ledger.publications.map(({ id }) => id)).size).toBe(TOTAL);
    await until(async () => (await rig.rest().books()).pending === 0, { timeoutMs: 30_000 });
    expect(await rig.rest(1).books()).toMatchObject({
      accepted: TOTAL,
      acked: TOTAL,
      dead: 0,
      counted: 0,
      difference: 0,
    });
  });
});
