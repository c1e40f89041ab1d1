import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PostriderRig } from '../support/postrider-rig.js';
import type { Page, SessionInfo } from '../support/rest-types.js';
import { until } from '../support/wait.js';

describe('heartbeats', () => {
  let rig: PostriderRig;

  beforeAll(async () => {
    rig = await PostriderRig.start({ env: { HEARTBEAT_MS: '100', HEARTBEAT_TIMEOUT_MS: '600' } });
  });

  afterAll(() => rig?.close());

  it('are announced in welcome', async () => {
    const socket = await rig.socket('ada');
    expect(await socket.welcome()).toMatchObject({ heartbeatMs: 100, timeoutMs: 600 });
  });

  it('ping an idle client and keep it if it answers', async () => {
    const socket = await rig.socket('bob');
    await socket.welcome();
    socket.onFrame = ({ event }) => void (event === 'ping' && socket.send('pong'));
    await until(() => socket.frames.filter(({ event }) => event === 'ping').length >= 12);
    expect(socket.closeCode).toBeUndefined();
  });

  it('count any frame as a sign of life', async () => {
    const socket = await rig.socket('cleo');
    await socket.welcome();
    socket.onFrame = ({ event }) => void (event === 'ping' && socket.send('whatever'));
    await until(() => socket.frames.filter(({ event }) => event === 'ping').length >= 12);
    expect(socket.closeCode).toBeUndefined();
  });

  it('close a silent client with 4408 and keep its session', async () => {
    const socket = await rig.socket('dan');
    const { session } = await socket.welcome();
    const openedAt = performance.now();
    const { code } = await socket.ending();
    expect(code).toBe(4408);
    expect(performance.now() - openedAt).toBeGreaterThan(500);
    const metrics = await (await fetch(`${rig.server().url}/metrics`)).text();
    expect(metrics).toMatch(/^postrider_closed_total\{code="4408"\} [1-9]/m);
    const state = async (): Promise<string | undefined> =>
      (await rig.rest().get<Page<SessionInfo>>('/v1/users/dan/sessions')).body.items[0]?.state;
    await until(async () => (await state()) === 'suspended');
    const back = await rig.socket('dan', { query: { session } });
    expect(await back.welcome()).toMatchObject({ session, resumed: true });
  });

  it('answer a ping of the client, with its id if it has one', async () => {
    const socket = await rig.socket('eve');
    await socket.welcome();
    expect(await socket.request('ping', undefined, 'p1')).toMatchObject({ event: 'pong', id: 'p1' });
    socket.send('ping');
    expect(await socket.next('pong')).not.toHaveProperty('id');
  });
});
