import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { checkLedger } from '../support/ledger-checker.js';
import { PostriderRig } from '../support/postrider-rig.js';
import { Publisher } from '../support/publisher.js';
import type { ReferenceClient } from '../support/reference-client.js';
import { inLanes, until } from '../support/wait.js';

const USERS = 50;
const ROUNDS = 20;
const TOTAL = USERS * ROUNDS;
/**
 * Maximum wait of a request. A hung Redis is noticed after 2.5 s, and a request must not wait much
 * longer.
 */
const ANSWER_WITHIN_MS = 4_500;

describe('a Redis that hangs and recovers', () => {
  let rig: PostriderRig;
  const clients: ReferenceClient[] = [];

  beforeAll(async () => {
    rig = await PostriderRig.start({ nodes: 2 });
    const users = Array.from({ length: USERS }, (_, index) => `user-${index}`);
    await inLanes(users, 25, async (user) => {
      clients.push(await rig.client(user, { node: clients.length % 2 }).open());
    });
  });

  afterAll(async () => {
    rig?.redis.unpause();
    await rig?.close();
  });

  it('lets no request hang, loses and duplicates nothing, and cuts no socket', async () => {
    const publisher = new Publisher([rig.rest(0), rig.rest(1)], rig.ledger);
    const lanes = Array.from({ length: 10 }, (_, lane) => lane);
    const publishing = inLanes(lanes, lanes.length, async (lane) => {
      for (let n = 0; n < ROUNDS; n += 1) {
        for (let user = lane; user < USERS; user += lanes.length) {
          await publisher.publish({ to: { user: `user-${user}` }, type: 'note', data: { n } }, `${user}/${n}`);
        }
      }
    });
    await until(() => rig.ledger.publications.length >= TOTAL / 3, { timeoutMs: 30_000 });
    rig.redis.pause();
    for (const node of [0, 1]) {
      const answer = await rig.rest(node).post('/v1/notifications', { to: { user: 'nobody' }, type: 'note', data: 1 });
      expect(answer.status).toBe(503);
      expect(answer.tookMs).toBeLessThan(ANSWER_WITHIN_MS);
      expect((await rig.rest(node).get('/health/live')).status).toBe(200);
    }
    rig.redis.unpause();
    await publishing;
    await until(() => clients.every(({ handledCount }) => handledCount >= ROUNDS), { timeoutMs: 40_000 });

    expect(publisher.retries.length).toBeGreaterThan(0);
    expect(clients.map(({ connections }) => connections)).toEqual(clients.map(() => 1));
    expect(checkLedger(rig.ledger)).toEqual({ lost: [], phantom: [], duplicates: [], disorder: [], untold: [] });
  });

  it('balances the books afterwards', async () => {
    const { accepted, acked, difference } = await until(async () => {
      const now = await rig.rest().books();
      return now.acked === TOTAL && now;
    });
    // The two probes only got a 503, which means "unknown": they may or may not have been stored.
    expect(accepted - acked).toBeLessThanOrEqual(2);
    expect(difference).toBe(0);
  });
});
