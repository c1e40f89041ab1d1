import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as notificationsAnswers from '../../src/contract/notification-answers.schema.js';
import * as receiptsAnswers from '../../src/contract/receipt-answers.schema.js';
import * as sessionsAnswers from '../../src/contract/session-answers.schema.js';
import * as letterAnswers from '../../src/contract/dead-letter.schema.js';
import { AppRig } from '../support/app-rig.js';
import type { Welcome } from '../support/frames.js';
import type { Problem } from '../support/rest-types.js';
import { until } from '../support/wait.js';

let rig: AppRig;
beforeAll(async () => {
  rig = await AppRig.start({ env: { TOPIC_MAX_OPEN: '3', SWEEP_MS: '200' } });
});
afterAll(() => rig?.close());

/** Returns the events of a notification, without their times. */
const events = async (id: string): Promise<object[]> => {
  const { body } = await rig.rest.get(`/v1/notifications/${id}/timeline`);
  const { items } = receiptsAnswers.timelinePage.parse(body);
  expect(items.map(({ at }) => at)).toEqual(items.map(({ at }) => at).toSorted());
  return items.map((item) => ({ ...item, at: undefined }));
};

describe('the timeline of a notification', () => {
  it('shows nacks, redeliveries and the end, in order', async () => {
    const socket = await rig.socket('ada');
    const session = socket.all<Welcome>('welcome')[0]?.session;
    const { id } = await rig.rest.notify({ to: { user: 'ada' }, type: 'x', data: 1 });
    const { offset } = await socket.notification('user:ada');
    await socket.request('nack', { topic: 'user:ada', offset, delayMs: 100, reason: 'busy' }, 1);
    await socket.notification('user:ada');
    const topic = 'user:ada';
    await until(async () => (await events(id)).length === 3, { what: 'the redelivery is noted' });
    await socket.request('ack', { topic, offset }, 2);
    expect(await events(id)).toEqual([
      { event: 'accepted', topic, online: 1, guarded: true },
      { event: 'nacked', topic, attempt: 1, reason: 'busy' },
      { event: 'redelivered', topic, attempt: 2 },
      { event: 'acknowledged', topic, attempt: 2, session, acked: 1, recipients: 1 },
    ]);
    socket.cut();
  });

  it('shows why it became a dead letter', async () => {
    const socket = await rig.socket('ben');
    const { id } = await rig.rest.notify({ to: { user: 'ben' }, type: 'x', data: 1 });
    const { offset } = await socket.notification('user:ben');
    await socket.request('nack', { topic: 'user:ben', offset, terminate: true, reason: 'unknown type' }, 1);
    const topic = 'user:ben';
    expect(await events(id)).toEqual([
      { event: 'accepted', topic, online: 1, guarded: true },
      { event: 'nacked', topic, attempt: 1, reason: 'unknown type' },
      { event: 'dead', topic, attempt: 1, acked: 0, recipients: 1, reason: 'refused' },
    ]);
    socket.cut();
  });

  it('shows schedules, cancellations and each target', async () => {
    const later = await rig.rest.notify({ to: { user: 'cyd' }, type: 'x', data: 1, delayMs: 3_600_000 });
    await rig.rest.delete(`/v1/notifications/${later.id}`);
    expect(await events(later.id)).toEqual([{ event: 'scheduled' }, { event: 'cancelled' }]);
    const soon = await rig.rest.notify({ to: { users: ['cyd', 'dan'] }, type: 'x', data: 1, delayMs: 50 });
    await until(async () => (await events(soon.id)).length === 3);
    expect(await events(soon.id)).toEqual([
      { event: 'scheduled' },
      { event: 'accepted', topic: 'user:cyd', online: 0, guarded: true },
      { event: 'accepted', topic: 'user:dan', online: 0, guarded: true },
    ]);
  });

  it('shows an end that nobody saw, and an unguarded delivery', async () => {
    const late = await rig.rest.notify({ to: { user: 'eli' }, type: 'x', data: 1, ttlMs: 1 });
    await until(async () => (await events(late.id)).length === 2, { what: 'it has expired' });
    expect((await events(late.id))[1]).toEqual({ event: 'expired', topic: 'user:eli', acked: 0, recipients: 0 });
    const loose = await rig.rest.notify({ to: { topic: 'room.loose' }, type: 'x', data: 1, ack: 'none' });
    expect(await events(loose.id)).toEqual([{ event: 'accepted', topic: 'room.loose', online: 0, guarded: false }]);
  });

  it('is visible to its own app only', async () => {
    const { status, body } = await rig.rest.get<Problem>('/v1/notifications/nothing/timeline');
    expect([status, body.code]).toEqual([404, 'notification_not_found']);
  });
});

describe('a dry run', () => {
  const run = (body: object) => rig.rest.post<Problem>('/v1/notifications/dry-run', body);

  it('shows the recipients and stores nothing', async () => {
    const before = await rig.rest.books();
    const sockets = [await rig.socket('eve'), await rig.socket('eve'), await rig.socket('fay')];
    for (const socket of sockets) await socket.request('subscribe', { topic: 'room.dry' }, 1);
    const body = { to: { topics: ['room.dry', 'user:eve', 'user:nobody'] }, type: 'news', data: 1, delayMs: 60_000 };
    const answer = await run(body);
    const told = notificationsAnswers.dryRun.parse(answer.body);
    expect([answer.status, told]).toMatchObject([
      200,
      {
        type: 'news',
        targets: [
          { topic: 'room.dry', head: 0, subscribers: 3, online: 3 },
          { topic: 'user:eve', head: 0, subscribers: 2, online: 2, users: ['eve'] },
          { topic: 'user:nobody', head: 0, subscribers: 0, online: 0, users: [] },
        ],
        recipients: { sessions: 5, online: 3 },
      },
    ]);
    expect(told.targets[0]?.users.toSorted()).toEqual(['eve', 'fay']);
    expect(Date.parse(told.expiresAt)).toBeGreaterThan(Date.parse(told.deliverAt ?? ''));
    expect(await rig.rest.books()).toEqual(before);
    expect((await rig.rest.get('/v1/topics/user:nobody')).status).toBe(404);
    for (const socket of sockets) socket.cut();
  });

  it('is refused like the notification itself', async () => {
    const to = { user: 'gus' };
    for (let i = 0; i < 3; i++) await rig.rest.notify({ to, type: 'x', data: i });
    const refusals = await Promise.all([
      run({ to, type: 'x', data: 1 }),
      run({ to: { session: 'none' }, type: 'x', data: 1 }),
      run({ to, type: 'x', data: 'x'.repeat(70_000) }),
      run({ to: {}, type: 'x', data: 1 }),
      run({ to, type: 'x', data: 1, deliverAt: '2020-01-01T00:00:00Z' }),
    ]);
    expect(refusals.map(({ status, body }) => [status, body.code])).toEqual([
      [409, 'topic_full'],
      [404, 'session_not_found'],
      [413, 'payload_too_large'],
      [400, 'invalid_request'],
      [400, 'invalid_request'],
    ]);
    const some = await run({ to: { users: ['gus', 'hal'] }, type: 'x', data: 1 });
    expect(notificationsAnswers.dryRun.parse(some.body).targets.map(({ error }) => error)).toEqual([
      'topic_full',
      undefined,
    ]);
  });
});

describe('the mailbox of a user', () => {
  it('is paged and shrinks with acks', async () => {
    const ids: string[] = [];
    for (const n of [1, 2, 3]) ids.push((await rig.rest.notify({ to: { user: 'ida' }, type: `t"${n}`, data: n })).id);
    const page = async (query: string) =>
      sessionsAnswers.unackedPage.parse((await rig.rest.get(`/v1/users/ida/unacked${query}`)).body);
    const first = await page('?limit=2');
    expect(first.items).toMatchObject([
      { id: ids[0], offset: 1, type: 't"1', attempts: 0, topic: 'user:ida' },
      { id: ids[1], offset: 2 },
    ]);
    expect(await page(`?limit=2&cursor=${first.next}`)).toMatchObject({ items: [{ id: ids[2] }], next: null });
    const socket = await rig.socket('ida');
    await socket.notification('user:ida');
    await socket.request('ack', { topic: 'user:ida', offset: 2 }, 1);
    expect((await page('')).items.map(({ id }) => id)).toEqual([ids[2]]);
    socket.cut();
  });
});

describe('many dead letters', () => {
  const letters = async (query = '') =>
    letterAnswers.deadLettersPage.parse((await rig.rest.get(`/v1/dead-letters${query}`)).body);
  let ids: string[];

  beforeAll(async () => {
    for (const { id } of (await letters()).items) await rig.rest.delete(`/v1/dead-letters/${id}`);
    const socket = await rig.socket('jan');
    ids = [];
    for (const type of ['a', 'b', 'a']) {
      ids.push((await rig.rest.notify({ to: { user: 'jan' }, type, data: 1 })).id);
      const { offset } = await socket.notification('user:jan');
      await socket.request('nack', { topic: 'user:jan', offset, terminate: true }, offset);
    }
    socket.cut();
  });

  it('are filtered by type, with a total count', async () => {
    const found = await letters('?type=a');
    expect([found.items.map(({ id }) => id).toSorted(), found.total]).toEqual([[ids[0], ids[2]].toSorted(), 3]);
    expect((await letters('?type=a&reason=overflow')).items).toEqual([]);
  });

  it('are replayed one by one, and a second replay makes no second notification', async () => {
    const ask = async () => {
      const answer = await rig.rest.post('/v1/dead-letters/replay', { ids: [ids[0], 'nothing', ids[1]] });
      expect(answer.status).toBe(207);
      return letterAnswers.replayedMany.parse(answer.body).results;
    };
    const first = await ask();
    expect(first).toMatchObject([
      { id: ids[0], status: 202, notification: expect.stringMatching(/^s/) },
      { id: 'nothing', status: 404, problem: { code: 'dead_letter_not_found' } },
      { id: ids[1], status: 202 },
    ]);
    expect(await ask()).toEqual(first);
    const { items } = await letters();
    const [replay] = first;
    const replayed = replay && 'notification' in replay ? replay.notification : undefined;
    expect(items.find(({ id }) => id === ids[0])?.replayedAs).toBe(replayed);
  });

  it('are dropped one by one', async () => {
    const ask = async () => {
      const { body } = await rig.rest.post('/v1/dead-letters/drop', { ids: ids.slice(0, 2) });
      return letterAnswers.droppedMany.parse(body).results.map(({ status }) => status);
    };
    expect([await ask(), await ask()]).toEqual([
      [200, 200],
      [404, 404],
    ]);
    expect((await letters()).total).toBe(1);
  });

  it.each([{}, { ids: [] }, { ids: Array.from({ length: 101 }, () => 'x') }, { ids: ['a b'] }])(
    'are refused as a whole with the body %#',
    async (body) => {
      for (const call of ['replay', 'drop']) {
        expect((await rig.rest.post(`/v1/dead-letters/${call}`, body)).status).toBe(400);
      }
    },
  );
});
