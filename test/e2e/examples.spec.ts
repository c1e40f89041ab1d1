import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Child } from '../support/child-process.js';
import { FrameSocket } from '../support/frame-socket.js';
import { freePort } from '../support/free-port.js';
import { RedisRig } from '../support/redis-rig.js';
import { TokenMint } from '../support/tokens.js';
import { until } from '../support/wait.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const NAMES = readdirSync(join(ROOT, 'examples')).filter((name) => existsSync(join(ROOT, 'examples', name, 'main.ts')));
const OPAQUE = 'authenticator-opaque';

describe('the documented command that starts an example', () => {
  const tokens = new TokenMint();
  let redis: RedisRig;

  beforeAll(async () => {
    redis = await RedisRig.start();
  });

  afterAll(() => redis?.stop());

  const start = (args: readonly string[], env: Readonly<Record<string, string>> = {}): Child => {
    const { PATH } = process.env;
    const own = { NODE_ENV: 'development', HOST: '127.0.0.1', REDIS_URL: redis.url, JWT_SECRET: tokens.secret };
    const options = { cwd: ROOT, env: { PATH, API_KEYS: 'main:test:key-of-the-examples', ...own, ...env } };
    return Child.spawn(process.execPath, ['examples/run.mjs', ...args], options);
  };

  it.each(NAMES)('%s: serves a handshake and the pages', async (name) => {
    const port = await freePort();
    const child = start([name], { PORT: String(port) });
    try {
      const url = `http://127.0.0.1:${port}`;
      const isReady = async (): Promise<boolean> => (await fetch(`${url}/health/ready`)).ok;
      await until(() => child.exit !== undefined || isReady(), { timeoutMs: 150_000, what: `${name} is ready` });
      expect(child.exit && child.tail()).toBeUndefined();
      const told = child.lines.find((line) => line.startsWith('Token of alice: '))?.slice('Token of alice: '.length);
      const token = name === OPAQUE ? told : await tokens.sign('alice');
      const socket = await FrameSocket.open(url.replace('http', 'ws') + '/ws', { token: token ?? '' });
      expect((await socket.next('welcome')).data).toMatchObject({ user: 'alice' });
      socket.cut();
      for (const path of ['/', '/console', '/client/postrider.js']) {
        expect([path, (await fetch(url + path)).status]).toEqual([path, 200]);
      }
    } finally {
      await child.end('SIGTERM');
    }
  });

  it.each([
    [['nope'], 'There is no example nope'],
    [[], 'No example is named'],
    [['react'], 'There is no example react'],
  ])('names the examples when it is asked for %j', async (args, message) => {
    const child = start(args);
    expect(await child.exited).toEqual({ code: 1, signal: null });
    expect(child.lines).toEqual([`${message}: run \`node examples/run.mjs <name>\` with one of ${NAMES.join(', ')}.`]);
  });
});
