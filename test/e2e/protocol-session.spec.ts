import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { FrameSocket } from '../support/frame-socket.js';
import type { Goodbye, Subscribed, Welcome } from '../support/frames.js';
import { PostriderRig } from '../support/postrider-rig.js';
import type { Page, SessionInfo } from '../support/rest-types.js';
import { until } from '../support/wait.js';

describe('a session', () => {
  let rig: PostriderRig;

  beforeAll(async () => {
    rig = await PostriderRig.start({ nodes: 2, env: { SWEEP_MS: '200' } });
  });

  afterAll(() => rig?.close());

  const note = (user: string, n: number): Promise<unknown> =>
    rig.rest().notify({ to: { user }, type: 'note', data: n });

  const stateOf = async (user: string, session: string): Promise<SessionInfo | undefined> => {
    const { body } = await rig.rest(1).get<Page<SessionInfo>>(`/v1/users/${user}/sessions`);
    return body.items.find(({ id }) => id === session);
  };

  const leave = async (socket: FrameSocket, user: string, session: string): Promise<void> => {
    socket.cut();
    await until(async () => (await stateOf(user, session))?.state === 'suspended');
  };

  const acked = async (socket: FrameSocket, topic: string, offset: number): Promise<void> => {
    expect(await socket.request('ack', { topic, offset }, `ack-${offset}`)).toMatchObject({ event: 'acked' });
  };

  /** Resumes as a client does: a node that has stalled cannot tell old requests, and says 1012. */
  const resumed = (user: string, session: string, node: number): Promise<FrameSocket> =>
    until(
      async () => {
        const socket = await rig.socket(user, { node, query: { session } });
        expect(await socket.welcome()).toMatchObject({ session, resumed: true, node: `node-${node}` });
        return socket;
      },
      { everyMs: 200 },
    );

  it('survives its socket: hello with its id resumes it on another node, from its cursor, with its topics', async () => {
    const first = await rig.socket('ada');
    const { session } = await first.welcome();
    await first.request('subscribe', { topic: 'public.ada' }, 1);
    for (const n of [1, 2]) await note('ada', n);
    await first.notification();
    await first.notification();
    await acked(first, 'user:ada', 1);
    await leave(first, 'ada', session);
    await note('ada', 3);
    await rig.rest().notify({ to: { topic: 'public.ada' }, type: 'note', data: 'topic' });

    const second = await rig.bareSocket({ node: 1 });
    const hello = { token: await rig.tokens.sign('ada'), session };
    const { data } = await second.request<Welcome>('hello', hello, 'resume');
    expect(data).toMatchObject({ session, user: 'ada', node: 'node-1', resumed: true });
    expect(await second.subscribed('user:ada')).toMatchObject({ offset: 3, cursor: 1, recovered: true });
    expect(await second.subscribed('public.ada')).toMatchObject({ offset: 1, cursor: 0, recovered: true });
    await until(() => second.notifications().length === 3);
    expect(second.notifications('user:ada').map(({ offset, attempt }) => ({ offset, attempt }))).toEqual([
      { offset: 2, attempt: 2 },
      { offset: 3, attempt: 1 },
    ]);
    expect(second.notifications('public.ada')).toMatchObject([{ offset: 1, attempt: 1, data: 'topic' }]);
  });

  it('is resumed by the query session= if the handshake has the token', async () => {
    const first = await rig.socket('bob');
    const { session } = await first.welcome();
    await leave(first, 'bob', session);
    const second = await rig.socket('bob', { node: 1, query: { session } });
    expect(await second.welcome()).toMatchObject({ session, resumed: true });
    const { data } = await second.request<Welcome>('hello', { window: 7 }, 'late');
    expect(data).toMatchObject({ session, resumed: true, window: 7 });
  });

  it('is a fresh one if the requested one is unknown', async () => {
    const socket = await rig.socket('cleo', { query: { session: 'never-was' } });
    const { session, resumed } = await socket.welcome();
    expect(resumed).toBe(false);
    expect(session).not.toBe('never-was');
  });

  it.each([0, 1])(
    'is taken over by a newer connection at node %i: the old one gets 4409 and stays away',
    async (node) => {
      const user = `dan-${node}`;
      const old = await rig.socket(user);
      const { session } = await old.welcome();
      await old.subscribed(`user:${user}`);
      await note(user, 1);
      await old.notification();
      const next = await resumed(user, session, node);
      expect((await old.next<Goodbye>('goodbye')).data).toMatchObject({ code: 4409, reconnect: false });
      expect((await old.ending()).code).toBe(4409);
      expect(await next.notification(`user:${user}`)).toMatchObject({ offset: 1, attempt: 2 });
      await acked(next, `user:${user}`, 1);
      expect(await stateOf(user, session)).toMatchObject({ state: 'open', node: `node-${node}` });
    },
  );

  it('of another user is refused with 4503, in the query and in hello, and stays alive', async () => {
    const owner = await rig.socket('eve');
    const { session } = await owner.welcome();
    const byQuery = await rig.socket('mallory', { query: { session } });
    expect((await byQuery.next<Goodbye>('goodbye')).data).toMatchObject({ code: 4503, reconnect: false });
    expect((await byQuery.ending()).code).toBe(4503);
    const byHello = await rig.bareSocket({ node: 1 });
    byHello.send('hello', { token: await rig.tokens.sign('mallory'), session });
    expect((await byHello.ending()).code).toBe(4503);
    expect(await owner.request('ping', undefined, 1)).toMatchObject({ event: 'pong' });
  });

  it('ends by DELETE with 4500, and its id is never used again', async () => {
    const socket = await rig.socket('fay');
    const { session } = await socket.welcome();
    const ended = await rig.rest(1).delete(`/v1/sessions/${session}`);
    expect(ended).toMatchObject({ status: 200, body: { id: session, state: 'expired' } });
    expect((await socket.next<Goodbye>('goodbye')).data).toMatchObject({ code: 4500, reconnect: false });
    expect((await socket.ending()).code).toBe(4500);
    expect(await stateOf('fay', session)).toBeUndefined();
    expect(await rig.rest().delete(`/v1/sessions/${session}`)).toMatchObject({
      status: 404,
      body: { code: 'session_not_found' },
    });
    const again = await rig.socket('fay', { query: { session } });
    const fresh = await again.welcome();
    expect(fresh.resumed).toBe(false);
    expect(fresh.session).not.toBe(session);
  });

  it('expires after its TTL and leaves its topics', async () => {
    await rig.addServer('short', { SESSION_TTL_MS: '300' });
    const socket = await rig.socket('gil', { node: 2 });
    const { session, sessionTtlMs } = await socket.welcome();
    expect(sessionTtlMs).toBe(300);
    await socket.request('subscribe', { topic: 'public.gil' }, 1);
    socket.cut();
    await until(async () => (await stateOf('gil', session)) === undefined);
    await until(
      async () => (await rig.rest().get<{ subscribers: number }>('/v1/topics/public.gil')).body.subscribers !== 1,
    );
    const back = await rig.socket('gil', { query: { session } });
    expect(await back.welcome()).toMatchObject({ resumed: false });
  });

  it('loses nothing in a burst of resumes, nacked or not', async () => {
    let socket = await rig.socket('hal');
    const { session } = await socket.welcome();
    await socket.subscribed('user:hal');
    for (let round = 1; round <= 5; round += 1) {
      await note('hal', round);
      socket.cut();
      socket = await rig.socket('hal', { node: round % 2, query: { session } });
      expect((await socket.next<Welcome>('welcome')).data).toMatchObject({ session, resumed: true });
      const { data } = await socket.next<Subscribed>('subscribed', (frame) => frame.data.topic === 'user:hal');
      expect(data).toMatchObject({ cursor: 0, recovered: true });
    }
    await until(() => socket.notifications().length === 5);
    expect(socket.notifications().map(({ data }) => data)).toEqual([1, 2, 3, 4, 5]);
  });
});
