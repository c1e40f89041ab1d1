import { randomInt } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { Child } from '../support/child-process.js';
import type { Notification } from '../support/frames.js';
import { FrameSocket } from '../support/frame-socket.js';
import { RestClient } from '../support/rest-client.js';
import { ServerRig } from '../support/server-rig.js';
import { TokenMint } from '../support/tokens.js';
import { until } from '../support/wait.js';

const KEY = 'key-of-the-profiles';
/**
 * Returns a port outside of the ranges of other tests, so that six in a row are free. The Cluster's
 * bus is 1,000 above.
 */
const firstPort = (): number => 30_000 + 10 * randomInt(90);

describe('a profile of docker/redis', () => {
  const tokens = new TokenMint();
  const ends: (() => Promise<unknown>)[] = [];

  afterEach(async () => {
    for (const end of ends.splice(0).toReversed()) await end();
  });

  async function profile(name: string, conf: string): Promise<{ url: string; port: number }> {
    const dir = await mkdtemp(join(tmpdir(), 'postrider-profile-'));
    ends.push(() => rm(dir, { recursive: true, force: true }));
    const port = firstPort();
    const { PATH, REDIS_SERVER_BIN } = process.env;
    const env = { PATH, ...(REDIS_SERVER_BIN && { REDIS_SERVER: REDIS_SERVER_BIN }) };
    const child = Child.spawn(`docker/redis/${name}/run.sh`, [dir, String(port), conf], { env });
    ends.push(() => child.end('SIGTERM'));
    const line = await until(() => child.lines.find((told) => told.startsWith('REDIS_URL=')), { timeoutMs: 40_000 });
    return { url: line.slice('REDIS_URL='.length), port };
  }

  it.each([
    ['standalone', 'redis.conf', 'local', 'everysec'],
    ['standalone', 'strict.conf', 'local', 'always'],
    ['sentinel', 'redis.conf', 'replicated:1', 'everysec'],
    ['cluster', 'redis.conf', 'replicated:1', 'everysec'],
  ])('runs a Postrider in production: %s, %s', async (name, conf, confirm, fsync) => {
    const { url, port } = await profile(name, conf);
    const client = new Redis(port);
    ends.push(async () => client.disconnect());
    expect(await client.config('GET', 'appendfsync')).toEqual(['appendfsync', fsync]);

    const secrets = { API_KEYS: `main:test:${KEY}`, JWT_SECRET: tokens.secret };
    const server = await ServerRig.start({
      env: { NODE_ENV: 'production', REDIS_URL: url, CONFIRM: confirm, ...secrets },
    });
    ends.push(() => server.kill());
    const rest = new RestClient(server.url, KEY);
    expect((await rest.get('/health/ready')).body).toMatchObject({ details: { redis: { status: 'up' } } });
    expect(server.log.join('\n')).not.toContain('Redis configuration is unsafe');

    const socket = await FrameSocket.open(server.socketUrl, { token: await tokens.sign('anna') });
    ends.push(async () => socket.cut());
    await socket.welcome();
    await socket.subscribed('user:anna');
    const { id } = await rest.notify({ to: { user: 'anna' }, type: 'hello', data: {} });
    const { data } = await socket.next<Notification>('notification');
    expect(data.id).toBe(id);
    socket.send('ack', { topic: 'user:anna', offset: data.offset }, 1);
    expect((await socket.answer(1)).event).toBe('acked');
    expect(await rest.status(id)).toMatchObject({ state: 'acknowledged' });
  });
});
