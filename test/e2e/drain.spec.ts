import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Goodbye } from '../support/frames.js';
import { HandshakeRefused } from '../support/frame-socket.js';
import { checkLedger } from '../support/ledger-checker.js';
import { PostLoad } from '../support/post-load.js';
import { PostriderRig } from '../support/postrider-rig.js';
import { Publisher } from '../support/publisher.js';
import { until } from '../support/wait.js';

const USERS = 50;

describe('SIGTERM', () => {
  let rig: PostriderRig;

  beforeAll(async () => {
    rig = await PostriderRig.start({ nodes: 2 });
  });

  afterAll(() => rig?.close());

  it('closes every socket with a goodbye, and its sessions continue at the other node without a loss', async () => {
    const users = Array.from({ length: USERS }, (_, index) => `user-${index}`);
    const clients = await Promise.all(users.map((user) => rig.client(user).open()));
    const sessions = clients.map(({ session }) => session);
    const watcher = await rig.socket('watcher');
    await watcher.subscribed('user:watcher');
    const publisher = new Publisher([rig.rest(1)], rig.ledger);
    const publishRound = async (round: number): Promise<void> => {
      for (const user of users)
        await publisher.publish({ to: { user }, type: 'note', data: { round } }, `${user}/${round}`);
    };

    await publishRound(0);
    const leaving = rig.server(0).stop();
    await publishRound(1);
    const { data: goodbye } = await watcher.next<Goodbye>('goodbye');
    expect(goodbye).toMatchObject({ code: 1012, reconnect: true });
    expect(goodbye.retryAfterMs).toBeGreaterThanOrEqual(0);
    expect((await watcher.ending()).code).toBe(1012);
    expect(await leaving).toEqual({ code: 0, signal: null });
    await publishRound(2);

    await until(() => clients.every(({ handledCount }) => handledCount === 3), { timeoutMs: 20_000 });
    expect(clients.map(({ session }) => session)).toEqual(sessions);
    expect(clients.every(({ node }) => node === 'node-1')).toBe(true);
    await until(async () => (await rig.rest(1).books()).pending === 0);
    expect(checkLedger(rig.ledger)).toEqual({ lost: [], phantom: [], duplicates: [], disorder: [], untold: [] });
  });

  it('opens no new session while it drains', async () => {
    const server = await rig.addServer('node-2');
    await rig.socket('guest', { node: 2 });
    const leaving = server.stop();
    const refusal = await until(() => rig.bareSocket({ node: 2, token: 'none' }).catch((error: unknown) => error));
    if (refusal instanceof HandshakeRefused) expect([401, 503]).toContain(refusal.status);
    else expect(refusal).toMatchObject({ code: 'ECONNREFUSED' });
    expect(await leaving).toEqual({ code: 0, signal: null });
  });

  it('loses no ack that came before it', async () => {
    const server = await rig.addServer('node-3');
    const socket = await rig.socket('quick', { node: 3 });
    await socket.subscribed('user:quick');
    const { id } = await rig.rest(1).notify({ to: { user: 'quick' }, type: 'note', data: {} });
    const { offset } = await socket.notification('user:quick');
    socket.send('ack', { topic: 'user:quick', offset });
    socket.send('ping', undefined, 1);
    await socket.answer(1);
    expect(await server.stop()).toEqual({ code: 0, signal: null });
    expect(await rig.rest(1).status(id)).toMatchObject({ state: 'acknowledged' });
  });

  it('answers every POST that still reached it', async () => {
    const server = await rig.addServer('node-5');
    const load = PostLoad.start({ url: server.url, apiKey: rig.apiKey, lanes: 10, keyed: false });
    await load.further(200);
    expect(await server.stop()).toEqual({ code: 0, signal: null });
    await load.stop();
    expect(load.failures.length).toBeGreaterThan(0);
    for (const failure of load.failures) expect(failure).toEqual({ status: 0, code: 'ECONNREFUSED' });
  });

  it('leaves no error in the log', async () => {
    const server = await rig.addServer('node-4');
    const { log } = server;
    expect(await server.stop()).toEqual({ code: 0, signal: null });
    expect(log.filter((line) => /"level":(50|60)/.test(line))).toEqual([]);
  });
});
