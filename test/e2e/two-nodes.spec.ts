import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { checkLedger } from '../support/ledger-checker.js';
import { PostriderRig } from '../support/postrider-rig.js';
import { Publisher } from '../support/publisher.js';
import type { ReferenceClient } from '../support/reference-client.js';
import type { Page, Receipt } from '../support/rest-types.js';
import { inLanes, until } from '../support/wait.js';

const USERS = 1_000;
const ROUNDS = 4;
const PUBLISHERS = 20;
const TOTAL = USERS * ROUNDS;

describe('1,000 users over two nodes', () => {
  let rig: PostriderRig;
  const clients: ReferenceClient[] = [];
  /** Sequence numbers that each user's application handled, in order. */
  const handled = new Map<string, number[]>();

  beforeAll(async () => {
    rig = await PostriderRig.start({ nodes: 2 });
    const users = Array.from({ length: USERS }, (_, index) => `user-${index}`);
    await inLanes(users, 50, async (user) => {
      const numbers: number[] = [];
      handled.set(user, numbers);
      const handle = ({ data }: { data: unknown }): void => void numbers.push((data as { n: number }).n);
      clients.push(await rig.client(user, { node: clients.length % 2, handle }).open());
    });
  });

  afterAll(() => rig?.close());

  it('delivers 8,000 notifications of 20 concurrent publishers, each to its user, in the order of that user', async () => {
    const publisher = new Publisher([rig.rest(0), rig.rest(1)], rig.ledger);
    const lanes = Array.from({ length: PUBLISHERS }, (_, lane) => lane);
    await inLanes(lanes, PUBLISHERS, async (lane) => {
      for (let n = 0; n < ROUNDS; n += 1) {
        for (let user = lane; user < USERS; user += PUBLISHERS) {
          await publisher.publish({ to: { user: `user-${user}` }, type: 'order.shipped', data: { n } }, `${user}/${n}`);
        }
      }
    });
    await until(() => clients.every(({ handledCount }) => handledCount >= ROUNDS), { timeoutMs: 60_000 });

    expect(checkLedger(rig.ledger)).toEqual({ lost: [], phantom: [], duplicates: [], disorder: [], untold: [] });
    const inOrder = Array.from({ length: ROUNDS }, (_, n) => n);
    for (const [user, numbers] of handled) expect({ user, numbers }).toEqual({ user, numbers: inOrder });
  });

  it('records each as acknowledged by its user and nobody else', async () => {
    for (const { id = '', mark } of rig.ledger.publications.filter((_, index) => index % 400 === 0)) {
      const status = await until(async () => {
        const now = await rig.rest(1).status(id);
        return now.state === 'acknowledged' && now;
      });
      expect(status.recipients).toEqual({ total: 1, acked: 1, pending: 0 });
      const { body } = await rig.rest().get<Page<Receipt>>(`/v1/notifications/${id}/receipts`);
      expect(body.items).toEqual([expect.objectContaining({ user: `user-${mark.split('/')[0]}`, state: 'acked' })]);
    }
  });

  it('balances the books', async () => {
    const books = await until(async () => {
      const now = await rig.rest().books();
      return now.pending === 0 && now;
    });
    expect(books).toEqual({
      accepted: TOTAL,
      acked: TOTAL,
      expired: 0,
      cancelled: 0,
      dead: 0,
      unguarded: 0,
      pending: 0,
      counted: 0,
      difference: 0,
    });
  });
});
