import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { PostriderRig } from '../support/postrider.rig.js';
import { until } from '../support/wait.js';

jest.setTimeout(60_000);

const HEARTBEAT_TIMEOUT_MS = 1_500;

describe('while Redis is away', () => {
  let rig: PostriderRig;

  beforeAll(async () => {
    const env = { HEARTBEAT_MS: '300', HEARTBEAT_TIMEOUT_MS: String(HEARTBEAT_TIMEOUT_MS), LEASE_MS: '2000' };
    rig = await PostriderRig.start({ redis: { appendOnly: true }, env });
  });

  afterAll(() => rig?.close());

  it('a node is live and not ready, and its sockets stay open with their heartbeats', async () => {
    const socket = await rig.socket('anna');
    await socket.welcome();
    await socket.subscribed('user:anna');
    await rig.redis.kill();
    await until(async () => (await rig.rest().get('/health/ready')).status === 503);
    const silentUntil = performance.now() + 2 * HEARTBEAT_TIMEOUT_MS;
    while (performance.now() < silentUntil) {
      await socket.next('ping');
      socket.send('pong');
      expect((await rig.rest().get('/health/live')).status).toBe(200);
    }
    socket.send('ping', undefined, 1);
    expect((await socket.answer(1)).event).toBe('pong');

    await rig.redis.restart();
    await until(async () => (await rig.rest().get('/health/ready')).status === 200, { timeoutMs: 20_000 });
    const { id } = await rig.rest().notify({ to: { user: 'anna' }, type: 'note', data: {} });
    expect((await socket.notification('user:anna')).id).toBe(id);
  });
});
