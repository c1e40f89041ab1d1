import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Notification } from '../support/frames.js';
import { FrameSocket } from '../support/frame-socket.js';
import { RedisRig } from '../support/redis-rig.js';
import { RestClient } from '../support/rest-client.js';
import { ServerRig } from '../support/server-rig.js';
import { TokenMint } from '../support/tokens.js';

const KEY = 'key-of-the-other-nodes';

/** Smoke test; `npm run test:nodes` runs everything under these versions. */
describe('the server under another Node', () => {
  const tokens = new TokenMint();
  let redis: RedisRig;

  beforeAll(async () => {
    redis = await RedisRig.start();
  });

  afterAll(() => redis?.stop());

  it.each([22, 24])('starts, pushes, receives the ack and ends: %s', async (major) => {
    // `npm test` installs them.
    const node = process.env[`TEST_NODE_${major}`] ?? 'node';
    const secrets = { API_KEYS: `main:test:${KEY}`, JWT_SECRET: tokens.secret };
    const server = await ServerRig.start({ node, env: { REDIS_URL: redis.url, ...secrets } });
    try {
      const rest = new RestClient(server.url, KEY);
      const { body } = await rest.get<string>('/metrics');
      expect(body).toContain(`nodejs_version_info{version="v${major}.`);

      const socket = await FrameSocket.open(server.socketUrl, { token: await tokens.sign('anna') });
      await socket.welcome();
      await socket.subscribed('user:anna');
      const { id } = await rest.notify({ to: { user: 'anna' }, type: 'hello', data: {} });
      const { data } = await socket.next<Notification>('notification');
      expect(data.id).toBe(id);
      socket.send('ack', { topic: 'user:anna', offset: data.offset }, 1);
      expect((await socket.answer(1)).event).toBe('acked');
      expect(await rest.status(id)).toMatchObject({ state: 'acknowledged' });
      expect(await server.stop()).toEqual({ code: 0, signal: null });
    } finally {
      await server.kill();
    }
  });
});
