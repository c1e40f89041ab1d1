import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AppRig } from '../support/app-rig.js';
import type { FrameSocket } from '../support/frame-socket.js';
import type { Gap, Welcome } from '../support/frames.js';
import type { Page, Receipt, Status } from '../support/rest-types.js';
import { until } from '../support/wait.js';

let rig: AppRig;
let users = 0;
beforeAll(async () => {
  // The sweep comes too late for these tests, so expired deliveries are ended by the call that
  // finds them.
  rig = await AppRig.start({ env: { SWEEP_MS: '60000' } });
});
afterAll(() => rig?.close());

const fresh = (): { user: string; topic: string } => {
  const user = `reader-${++users}`;
  return { user, topic: `user:${user}` };
};

const sessionOf = (socket: FrameSocket): string => socket.all<Welcome>('welcome')[0]?.session ?? '';

const gone = async (topic: string, online = 0): Promise<void> => {
  const left = async (): Promise<boolean> =>
    (await rig.rest.get<{ online: number }>(`/v1/topics/${topic}`)).body.online === online;
  await until(left, { what: `${online} are online in ${topic}` });
};

/** Returns the receipts of the status and of the list, which must match. */
async function receiptsOf(id: string): Promise<{ state: string; counts: object; list: Partial<Receipt>[] }> {
  const { state, recipients }: Status = await rig.rest.status(id);
  const { body } = await rig.rest.get<Page<Receipt>>(`/v1/notifications/${id}/receipts`);
  const list = body.items.map(({ session, state, reason }) => ({ session, state, ...(reason && { reason }) }));
  for (const wanted of ['acked', 'pending', 'refused'] as const) {
    const { body: some } = await rig.rest.get<Page<Receipt>>(`/v1/notifications/${id}/receipts?state=${wanted}`);
    const listed = body.items.filter((item) => item.state === wanted);
    expect(some.items).toEqual(listed);
    expect({ [wanted]: listed.length }).toEqual({ [wanted]: recipients[wanted] ?? 0 });
  }
  return { state, counts: recipients, list };
}

describe('an entry that a session was told is gone', () => {
  it('is not acknowledged by an ack for a later entry', async () => {
    const { user, topic } = fresh();
    const first = await rig.socket(user);
    const session = sessionOf(first);
    first.cut();
    await gone(topic);
    const missed = await rig.rest.notify({ to: { user }, type: 'x', data: 1, ttlMs: 50 });
    const expired = performance.now() + 100;
    await until(() => performance.now() > expired);
    const again = await rig.socket(user, undefined, { session });
    await rig.rest.notify({ to: { user }, type: 'x', data: 2 });
    const { offset } = await again.notification(topic);
    expect(again.all<Gap>('gap')).toEqual([{ topic, from: 1, to: 1, reason: 'expired' }]);
    await again.request('ack', { topic, offset }, 1);
    expect(await receiptsOf(missed.id)).toEqual({
      state: 'expired',
      counts: { total: 1, acked: 0, pending: 1 },
      list: [{ session, state: 'pending' }],
    });
    again.cut();
  });

  it('is not acknowledged even if nothing read the delivery before that ack', async () => {
    const { user, topic } = fresh();
    const socket = await rig.socket(user);
    const { id } = await rig.rest.notify({ to: { user }, type: 'x', data: 1, ttlMs: 300 });
    const { offset } = await socket.notification(topic);
    const expired = performance.now() + 350;
    await until(() => performance.now() > expired);
    await socket.request('ack', { topic, offset }, 1);
    const { state, counts } = await receiptsOf(id);
    expect({ state, counts }).toEqual({ state: 'expired', counts: { total: 1, acked: 0, pending: 1 } });
    expect((await rig.rest.get<{ difference: number }>('/v1/books')).body.difference).toBe(0);
    socket.cut();
  });

  it('gives no receipt to a session that came after the others had it', async () => {
    const { user, topic } = fresh();
    const one = await rig.socket(user);
    const open = await rig.rest.notify({ to: { user }, type: 'x', data: 1 });
    const had = await rig.rest.notify({ to: { user }, type: 'x', data: 2 });
    await until(() => one.notifications(topic).length === 2);
    expect(await one.request('ack', { topic, offsets: [2] }, 1)).toMatchObject({ event: 'acked' });
    const two = await rig.socket(user);
    await two.notification(topic);
    await two.request('ack', { topic, offset: 2 }, 1);
    await one.request('ack', { topic, offset: 2 }, 2);
    const acked = (socket: FrameSocket): object => ({ session: sessionOf(socket), state: 'acked' });
    expect(await receiptsOf(had.id)).toMatchObject({ counts: { total: 1, acked: 1 }, list: [acked(one)] });
    const both = [acked(one), acked(two)];
    expect((await receiptsOf(open.id)).list).toEqual(expect.arrayContaining(both));
    one.cut();
    two.cut();
  });
});

describe('a session that refused', () => {
  it('is listed with its reason, also after the end and after the session is gone', async () => {
    const { user, topic } = fresh();
    const socket = await rig.socket(user);
    const session = sessionOf(socket);
    const { id } = await rig.rest.notify({ to: { user }, type: 'x', data: 1 });
    const { offset } = await socket.notification(topic);
    await socket.request('nack', { topic, offset, terminate: true, reason: 'bad address' }, 1);
    const refused = {
      state: 'dead',
      counts: { total: 1, acked: 0, pending: 0, refused: 1 },
      list: [{ session, state: 'refused', reason: 'bad address' }],
    };
    expect(await receiptsOf(id)).toEqual(refused);
    // Later notifications move the cursor past it, and the log is trimmed.
    for (let i = 0; i < 40; i++) await rig.rest.notify({ to: { user }, type: 'x', data: i });
    await until(() => socket.notifications(topic).at(-1)?.offset === 41);
    await socket.request('ack', { topic, offset: 41 }, 2);
    expect(await receiptsOf(id)).toEqual(refused);
    expect((await rig.rest.delete(`/v1/sessions/${session}`)).status).toBe(200);
    expect(await receiptsOf(id)).toEqual(refused);
    const { body } = await rig.rest.get<Page<Receipt>>(`/v1/notifications/${id}/receipts?state=refused`);
    expect(body.items).toEqual([{ topic, session, user, state: 'refused', reason: 'bad address' }]);
  });

  it('ends the delivery with its reason once no other session can take it', async () => {
    const { user, topic } = fresh();
    const [one, two] = [await rig.socket(user), await rig.socket(user)];
    const { id } = await rig.rest.notify({ to: { user }, type: 'x', data: 1 });
    const { offset } = await one.notification(topic);
    await one.request('nack', { topic, offset, terminate: true, reason: 'bad address' }, 1);
    expect(await receiptsOf(id)).toMatchObject({ state: 'accepted', counts: { total: 2, refused: 1, pending: 1 } });
    for (const socket of [one, two]) await rig.rest.delete(`/v1/sessions/${sessionOf(socket)}`);
    await until(async () => (await rig.rest.status(id)).state === 'dead', { what: 'nobody is left' });
    const { body } = await rig.rest.get<Page<Receipt>>(`/v1/notifications/${id}/receipts`);
    expect(body.items).toMatchObject([{ session: sessionOf(one), state: 'refused', reason: 'bad address' }]);
  });
});

it('an acknowledgment counts even after the first one has ended the delivery', async () => {
  const { user, topic } = fresh();
  const [one, two] = [await rig.socket(user), await rig.socket(user)];
  const { id } = await rig.rest.notify({ to: { user }, type: 'x', data: 1 });
  const { offset } = await two.notification(topic);
  await one.request('ack', { topic, offset }, 1);
  expect(await receiptsOf(id)).toMatchObject({ state: 'acknowledged', counts: { total: 2, acked: 1, pending: 1 } });
  await two.request('ack', { topic, offset }, 1);
  await two.request('ack', { topic, offset }, 2);
  expect(await receiptsOf(id)).toMatchObject({ state: 'acknowledged', counts: { total: 2, acked: 2, pending: 0 } });
  one.cut();
  two.cut();
});
