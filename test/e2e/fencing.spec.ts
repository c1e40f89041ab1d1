import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Notification } from '../support/frames.js';
import { PostriderRig } from '../support/postrider-rig.js';
import type { Page } from '../support/rest-types.js';
import { until } from '../support/wait.js';

interface Session {
  id: string;
  state: string;
  node?: string;
}

describe('a node that is paused past its lease and continues', () => {
  let rig: PostriderRig;

  const sessionOf = async (user: string): Promise<Session | undefined> =>
    (await rig.rest().get<Page<Session>>(`/v1/users/${user}/sessions`)).body.items[0];

  beforeAll(async () => {
    rig = await PostriderRig.start({ nodes: 2, env: { LEASE_MS: '1500', SWEEP_MS: '300', HEADS_POLL_MS: '500' } });
  });

  afterAll(() => rig?.close());

  it('takes its sessions back if nobody else has had them, and misses nothing', async () => {
    const socket = await rig.socket('sleeper', { node: 1 });
    await socket.subscribed('user:sleeper');
    rig.server(1).signal('SIGSTOP');
    await until(async () => (await sessionOf('sleeper'))?.state === 'suspended');
    const { id } = await rig.rest().notify({ to: { user: 'sleeper' }, type: 'note', data: 1 });
    rig.server(1).signal('SIGCONT');

    const { offset } = await socket.notification('user:sleeper');
    await until(async () => (await sessionOf('sleeper'))?.state === 'open');
    await socket.request('ack', { topic: 'user:sleeper', offset }, 1);
    expect((await rig.rest().status(id)).state).toBe('acknowledged');
    const next = await rig.rest().notify({ to: { user: 'sleeper' }, type: 'note', data: 2 });
    expect(next.targets).toMatchObject([{ online: 1 }]);
    expect((await socket.notification('user:sleeper')).data).toBe(2);
  });

  it('releases a session that another node has taken over', async () => {
    const old = await rig.socket('mover', { node: 1 });
    const { session } = await old.welcome();
    await old.subscribed('user:mover');
    rig.server(1).signal('SIGSTOP');
    const moved = await rig.socket('mover', { node: 0, query: { session } });
    expect(await moved.welcome()).toMatchObject({ session, resumed: true, node: 'node-0' });
    await moved.subscribed('user:mover');
    await rig.rest().notify({ to: { user: 'mover' }, type: 'note', data: 'once' });
    expect(await moved.notification('user:mover')).toMatchObject({ data: 'once' });
    rig.server(1).signal('SIGCONT');

    expect((await old.ending()).code).toBe(4409);
    expect(await sessionOf('mover')).toMatchObject({ id: session, state: 'open', node: 'node-0' });
    expect(await moved.request('ping', undefined, 1)).toMatchObject({ event: 'pong' });
  });

  it.each(['in its handshake', 'in its hello'])(
    'takes no session, asked for %s while it stood still, from the newer connection of its client',
    async (way) => {
      const user = way.replaceAll(' ', '-');
      const first = await rig.socket(user, { node: 0 });
      const { session } = await first.welcome();
      first.close();
      await until(async () => (await sessionOf(user))?.state === 'suspended');
      const waiting = way === 'in its hello' ? await rig.bareSocket({ node: 1 }) : undefined;
      rig.server(1).signal('SIGSTOP');
      const stoppedAtMs = performance.now();
      waiting?.send('hello', { token: await rig.tokens.sign(user), session });
      const late = waiting ? Promise.resolve(waiting) : rig.socket(user, { node: 1, query: { session } });
      // A real client would hardly give up sooner.
      await until(() => performance.now() - stoppedAtMs > 1_500);
      const live = await rig.socket(user, { node: 0, query: { session } });
      expect(await live.welcome()).toMatchObject({ session, resumed: true });
      rig.server(1).signal('SIGCONT');

      expect(await (await late).ending()).toEqual({ code: 1012, reason: 'try again' });
      expect(await live.request('ping', undefined, 1)).toMatchObject({ event: 'pong' });
      expect(await sessionOf(user)).toMatchObject({ id: session, state: 'open', node: 'node-0' });
      live.close();
    },
  );

  it('suspends the sessions of a node that was killed, and a restarted one does not inherit them', async () => {
    const socket = await rig.socket('widow', { node: 1 });
    const { session } = await socket.welcome();
    await socket.subscribed('user:widow');
    await rig.server(1).kill();
    await until(async () => (await sessionOf('widow'))?.state === 'suspended');
    await rig.rest().notify({ to: { user: 'widow' }, type: 'note', data: 1 });
    await rig.server(1).restart();
    const back = await rig.socket('widow', { node: 1, query: { session } });
    expect(await back.welcome()).toMatchObject({ session, resumed: true });
    const { data } = await back.next<Notification>('notification');
    // It is unknown what the killed node had sent, so this cannot count as a first attempt.
    expect(data).toMatchObject({ topic: 'user:widow', data: 1, attempt: 2 });
  });

  it('makes a client whose session Redis has lost come back with a new one', async () => {
    const client = await rig.client('stranded', { node: 1 }).open();
    const { session = '' } = client;
    rig.server(1).signal('SIGSTOP');
    await until(async () => (await sessionOf('stranded'))?.state === 'suspended');
    const redis = rig.redis.client();
    const keys = await redis.keys(`*:s:${session}`);
    expect(keys).toHaveLength(1);
    await redis.del(keys);
    rig.server(1).signal('SIGCONT');

    await until(() => client.state === 'open' && client.session !== session, { timeoutMs: 20_000 });
    await rig.rest().notify({ to: { user: 'stranded' }, type: 'note', data: 1 });
    await until(() => client.handledCount === 1);
  });
});
