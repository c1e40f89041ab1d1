import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PostriderRig } from '../support/postrider-rig.js';
import { until } from '../support/wait.js';

/**
 * A caller without access must not learn that a resource exists: the answer is the same as for a
 * missing one.
 */
describe('resources of another app', () => {
  let rig: PostriderRig;
  const ids = { notification: '', session: '', letter: '' };

  beforeAll(async () => {
    rig = await PostriderRig.start();
    const socket = await rig.socket('ada');
    ids.session = (await socket.welcome()).session;
    await socket.subscribed('user:ada');
    ids.notification = (
      await rig.rest().notify({ to: { user: 'ada' }, type: 't', data: 1, maxAttempts: 1, ackWaitMs: 100 })
    ).id;
    await until(async () => {
      const { body } = await rig.rest().get<{ items: { id: string }[] }>('/v1/dead-letters');
      ids.letter = body.items[0]?.id ?? '';
      return ids.letter;
    });
  });

  afterAll(() => rig?.close());

  it.each<[method: string, path: (id: string) => string, id: () => string]>([
    ['GET', (id) => `/v1/notifications/${id}`, () => ids.notification],
    ['GET', (id) => `/v1/notifications/${id}/receipts`, () => ids.notification],
    ['GET', (id) => `/v1/notifications/${id}/timeline`, () => ids.notification],
    ['DELETE', (id) => `/v1/notifications/${id}`, () => ids.notification],
    ['DELETE', (id) => `/v1/sessions/${id}`, () => ids.session],
    ['POST', (id) => `/v1/dead-letters/${id}/replay`, () => ids.letter],
    ['DELETE', (id) => `/v1/dead-letters/${id}`, () => ids.letter],
    ['GET', (id) => `/v1/topics/${id}`, () => 'user:ada'],
    ['GET', (id) => `/v1/topics/${id}/history`, () => 'user:ada'],
  ])('are hidden: %s %s answers as if they did not exist', async (method, path, id) => {
    const foreign = rig.rest(0, rig.foreignKey);
    const [there, nowhere] = await Promise.all([
      foreign.call(method, path(id())),
      foreign.call(method, path('nobody0knows')),
    ]);
    expect(there.status).toBe(404);
    expect([there.status, there.body]).toEqual([nowhere.status, nowhere.body]);
  });

  it.each(['presence'])('are hidden: the %s of a topic of the same name shows nobody', async (view) => {
    const { body } = await rig.rest(0, rig.foreignKey).get(`/v1/topics/user:ada/${view}`);
    expect(JSON.stringify(body)).not.toContain(ids.session);
  });

  it('cannot be targets: a session is not found, a user of the same name is another user', async () => {
    const foreign = rig.rest(0, rig.foreignKey);
    const note = { type: 't', data: 'foreign' };
    expect((await foreign.post('/v1/notifications', { ...note, to: { session: ids.session } })).status).toBe(404);
    const { id } = await foreign.notify({ ...note, to: { user: 'ada' } });
    const mine = await rig.rest().get<{ items: { id: string }[] }>('/v1/topics/user:ada/history');
    expect(mine.body.items.map((entry) => entry.id)).not.toContain(id);
  });
});
