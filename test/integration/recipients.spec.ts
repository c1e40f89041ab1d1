import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { CoreRig } from '../support/core-rig.js';

/** More than one call looks at. */
const SESSIONS = 1_200;
const NAME = 'main:news';
const ids = Array.from({ length: SESSIONS }, (_, n) => `s${String(n).padStart(5, '0')}`);
const last = ids.at(-1) ?? '';

let rig: CoreRig;
beforeAll(async () => {
  rig = await CoreRig.start();
  await Promise.all(ids.map((session) => rig.members.subscribe(NAME, session, 'ada')));
});
afterAll(() => rig?.close());

it('recipients of a wide topic come page by page, although some leave meanwhile', async () => {
  const item = rig.notification(NAME, { policy: 'all' });
  await rig.log.append(NAME, [item]);
  await rig.ack({ name: NAME, session: last, upTo: 1 });
  const nack = { name: NAME, epoch: '', offset: 1, terminate: true, reason: 'never', attempt: 1 };
  for (const session of ids.slice(0, 2)) await rig.acks.nack({ ...nack, session });
  const delivery = await rig.receipts.delivery(item.id, NAME);
  if (!delivery) throw new Error('it was appended');

  // The only ack lies further than one call looks.
  const first = await rig.receipts.recipients(item.id, delivery, '', 1, 'acked');
  expect(first).toEqual({ items: [], next: expect.stringMatching(/^m /) as unknown as string });
  const second = await rig.receipts.recipients(item.id, delivery, first.next, 1, 'acked');
  expect(second.items).toMatchObject([{ session: last, state: 'acked' }]);

  const seen: string[] = [];
  const left = ids[299] ?? '';
  for (let after: string | undefined = ''; after !== undefined;) {
    const page = await rig.receipts.recipients(item.id, delivery, after, 100);
    seen.push(...page.items.map(({ session }) => session));
    // The place of the next page is that of a session which is gone by then.
    if (page.items.at(-1)?.session === left) await rig.members.leave(NAME, left);
    if (page.items.at(-1)?.session === ids[399]) await rig.members.leave(NAME, ids[0] ?? '');
    after = page.next === '' ? undefined : page.next;
  }
  // A refusal outlives its session, so the one that left is listed once more, as gone.
  expect(seen).toEqual([...ids, ids[0]]);
});
