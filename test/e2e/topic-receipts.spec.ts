import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { checkLedger } from '../support/ledger-checker.js';
import { PostriderRig } from '../support/postrider-rig.js';
import { Publisher } from '../support/publisher.js';
import type { ReferenceClient } from '../support/reference-client.js';
import type { RestClient } from '../support/rest-client.js';
import type { Page, Receipt } from '../support/rest-types.js';
import { inLanes, until } from '../support/wait.js';

const SUBSCRIBERS = 2_000;
const SILENT = 150;
const TOPIC = 'public.news';

describe('a topic with 2,000 subscribers over two nodes', () => {
  let rig: PostriderRig;
  let id = '';
  const clients: ReferenceClient[] = [];

  beforeAll(async () => {
    rig = await PostriderRig.start({ nodes: 2 });
    const numbers = Array.from({ length: SUBSCRIBERS }, (_, number) => number);
    await inLanes(numbers, 100, async (number) => {
      const acknowledges = number >= SILENT;
      const client = rig.client(`reader-${number}`, { node: number % 2, topics: [TOPIC], acknowledges });
      clients.push(client);
      await client.open();
    });
    const publisher = new Publisher([rig.rest(1)], rig.ledger);
    const accepted = await publisher.publish({ to: { topic: TOPIC }, type: 'news', data: {}, ack: 'all' }, 'headline');
    id = accepted?.id ?? '';
  });

  afterAll(() => rig?.close());

  const sessionsOf = (silent: boolean): string[] =>
    rig.ledger.deliveries
      .filter(({ client }) => Number(client.split('-')[1]) < SILENT === silent)
      .map(({ session }) => session)
      .toSorted();

  it('counts every subscriber on both nodes', async () => {
    const { body } = await rig.rest().get(`/v1/topics/${TOPIC}`);
    expect(body).toMatchObject({ topic: TOPIC, head: 1, subscribers: SUBSCRIBERS, online: SUBSCRIBERS });
  });

  it('reaches every subscriber and shows exactly who acknowledged and who did not', async () => {
    await until(() => clients.every(({ handledCount }) => handledCount === 1), { timeoutMs: 20_000 });
    const status = await until(async () => {
      const now = await rig.rest().status(id);
      return now.recipients.acked === SUBSCRIBERS - SILENT && now;
    });
    expect(status).toMatchObject({
      state: 'accepted',
      recipients: { total: SUBSCRIBERS, acked: SUBSCRIBERS - SILENT, pending: SILENT },
    });
    expect(await receiptsOf(rig.rest(0), id, 'acked')).toEqual(sessionsOf(false));
    expect(await receiptsOf(rig.rest(1), id, 'pending')).toEqual(sessionsOf(true));
  });

  it('does not count later subscribers or send them earlier notifications', async () => {
    const late = await rig.client('late', { topics: [TOPIC] }).open();
    const { recipients } = await rig.rest().status(id);
    expect(recipients).toEqual({ total: SUBSCRIBERS, acked: SUBSCRIBERS - SILENT, pending: SILENT });
    await rig.rest().notify({ to: { session: late.session ?? '' }, type: 'probe', data: {} });
    await until(() => late.handledCount === 1);
    expect(rig.ledger.deliveries.filter(({ client }) => client === 'late').map(({ topic }) => topic)).toEqual([
      `session:${late.session}`,
    ]);
    rig.ledger.deliveries.splice(rig.ledger.deliveries.findIndex(({ client }) => client === 'late'));
  });

  it('is acknowledged as soon as the last one has acknowledged', async () => {
    const { offset } = rig.ledger.deliveries[0] ?? { offset: 0 };
    for (const client of clients)
      if (Number(client.user?.split('-')[1]) < SILENT) client.send('ack', { topic: TOPIC, offset });
    await until(async () => (await rig.rest().status(id)).state === 'acknowledged', { what: 'acknowledged by all' });
    expect((await rig.rest().status(id)).recipients).toEqual({ total: SUBSCRIBERS, acked: SUBSCRIBERS, pending: 0 });
    expect(checkLedger(rig.ledger)).toEqual({ lost: [], phantom: [], duplicates: [], disorder: [], untold: [] });
  });
});

/** Returns the sessions of all pages, sorted. */
async function receiptsOf(rest: RestClient, id: string, state: string): Promise<string[]> {
  const sessions: string[] = [];
  let cursor: string | null = null;
  do {
    const query: string = `state=${state}&limit=700${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`;
    const { body }: { body: Page<Receipt> } = await rest.get(`/v1/notifications/${id}/receipts?${query}`);
    expect(body.items.every((receipt) => receipt.state === state)).toBe(true);
    sessions.push(...body.items.map(({ session }) => session));
    cursor = body.next;
  } while (cursor);
  return sessions.toSorted();
}
