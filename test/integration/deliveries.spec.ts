import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { partitionOf } from '../../src/contract/partition.js';
import { newId } from '../../src/contract/notification-id.js';
import { OpenDeliveries } from '../../src/topic/open-deliveries.js';
import { CoreRig } from '../support/core-rig.js';

let rig: CoreRig;
let open: OpenDeliveries;
beforeAll(async () => {
  rig = await CoreRig.start();
  open = new OpenDeliveries(rig.lanes);
});
afterAll(() => rig?.close());

let topics = 0;
const fresh = (): string => `app:user:${topics++}`;

/** Text with characters that break parsers. */
const text = fc.string({ unit: fc.constantFrom('"', '\\', ',', ':', 'd', 'data', '","data":', 'é', '💥', '\n', ' ') });

describe('open deliveries', () => {
  it('have their type, whatever it and the data contain', async () => {
    await fc.assert(
      fc.asyncProperty(text, text, async (type, data) => {
        const name = fresh();
        const { id, ...rest } = rig.notification(name);
        const body = `"id":"${id}","type":${JSON.stringify(type)},"data":${JSON.stringify(data)}`;
        await rig.log.append(name, [{ ...rest, id, body }]);
        expect(await open.page(name, 0, 10)).toMatchObject([{ id, offset: 1, type, attempts: 0 }]);
      }),
      { numRuns: 100 },
    );
  });

  it('are listed by offset, page by page, without those that have ended', async () => {
    const name = fresh();
    const items = Array.from({ length: 7 }, () => rig.notification(name));
    await rig.log.append(name, items);
    await rig.log.cancel(items[2]?.id ?? '', name);
    const first = await open.page(name, 0, 4);
    expect(first.map(({ offset }) => offset)).toEqual([1, 2, 4, 5]);
    expect((await open.page(name, 5, 4)).map(({ offset }) => offset)).toEqual([6, 7]);
    expect(first[0]?.createdAtMs).toBe(items[0]?.atMs);
  });

  it('include notifications with many targets', async () => {
    const name = fresh();
    const id = newId('m', partitionOf(name), rig.clock.now());
    const body = `"id":"${id}","type":"news","data":1`;
    await rig.log.append(name, [{ ...rig.notification(name), id, body }]);
    expect(await open.page(name, 0, 10)).toMatchObject([{ id, type: 'news' }]);
  });
});

describe('notes of a delivery', () => {
  const nack = (name: string, attempt: number, reason: string) =>
    rig.acks.nack({ name, epoch: '', session: 's1', offset: 1, terminate: false, reason, attempt });

  it('list each nack with its reason on one line, and each attempt once', async () => {
    await fc.assert(
      fc.asyncProperty(text, async (reason) => {
        const name = fresh();
        const item = rig.notification(name);
        await rig.members.subscribe(name, 's1', 'ada');
        await rig.log.append(name, [item]);
        await nack(name, 1, reason);
        const again = { name, session: 's1', offset: 1, attempt: 2, ageMs: 0 };
        await rig.acks.attempted([again, again]);
        const said = reason.replaceAll('\n', ' ');
        expect((await rig.receipts.delivery(item.id, name))?.notes).toEqual([
          { event: 'nacked', attempt: 1, atMs: expect.any(Number), ...(said && { reason: said }) },
          { event: 'redelivered', attempt: 2, atMs: expect.any(Number) },
        ]);
      }),
      { numRuns: 50 },
    );
  });

  it('are limited to the last twenty', async () => {
    const name = fresh();
    const item = rig.notification(name, { maxAttempts: 100 });
    await rig.members.subscribe(name, 's1', 'ada');
    await rig.log.append(name, [item]);
    for (let attempt = 1; attempt <= 30; attempt++) await nack(name, attempt, '');
    const { notes = [] } = (await rig.receipts.delivery(item.id, name)) ?? {};
    expect(notes.map(({ attempt }) => attempt)).toEqual(Array.from({ length: 20 }, (_, index) => 11 + index));
  });
});
