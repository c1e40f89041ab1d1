import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import type { Child } from '../support/child-process.js';
import { FrameSocket } from '../support/frame-socket.js';
import { freePort } from '../support/free-port.js';
import { RestClient } from '../support/rest-client.js';
import type { Accepted, TopicInfo } from '../support/rest-types.js';
import { StartRig, type Told } from '../support/start-rig.js';
import { until } from '../support/wait.js';

describe('npm start', () => {
  let rig: StartRig;
  let child: Child;
  let told: Told;

  beforeAll(async () => {
    rig = await StartRig.create();
    child = rig.spawn();
    told = await rig.told(child);
  });

  afterAll(async () => {
    await child?.end('SIGINT');
    await rig?.remove();
  });

  it('prints what a person needs in at most 12 lines', () => {
    expect(told.lines.length).toBeLessThanOrEqual(12);
    expect(told.page.port).toBe(String(rig.port));
    expect(new URLSearchParams(told.page.hash.slice(1)).get('token')).toBe(told.token);
    expect(new URLSearchParams(told.page.hash.slice(1)).get('key')).toBe(told.apiKey);
  });

  it('keeps its generated keys from other people', async () => {
    const { mode } = await stat(join(rig.dir, 'keys.json'));
    expect(mode & 0o077).toBe(0);
  });

  it('prints a command that works when pasted, and a token that receives its notification', async () => {
    const socket = await FrameSocket.open(`ws://127.0.0.1:${rig.port}/ws`, { token: told.token });
    const accepted = JSON.parse(await rig.paste(told.send)) as Accepted;
    expect(accepted.state).toBe('accepted');
    const arrived = (): boolean =>
      socket.frames.some(({ event, data }) => event === 'notification' && (data as { id: string }).id === accepted.id);
    await until(arrived, { what: 'the notification arrives' });
    socket.cut();
  });

  it('serves the page it names', async () => {
    const answer = await fetch(rig.url);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-security-policy')).toContain("script-src 'self'");
    await expect(answer.text()).resolves.toContain('<title>Postrider');
  });

  it('prints a key for the sign-in to the console', async () => {
    expect(told.console.url.pathname).toBe('/console');
    const answer = await fetch(`${told.console.url}/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ key: told.console.adminKey }),
    });
    expect([answer.status, await answer.json()]).toEqual([200, { name: 'dev', apps: ['main', 'postrider.demo'] }]);
  });

  it('refuses a second instance on the same data and leaves the first alone', async () => {
    const second = rig.spawn({ PORT: String(await freePort()) });
    expect((await second.exited).code).toBe(1);
    expect(second.lines.join('\n')).toMatch(/already runs on .* \(process \d+\)\. End it first with Ctrl-C/);
    await expect(rig.isReady()).resolves.toBe(true);
  });

  it('refuses a second instance on the same port and leaves the first alone', async () => {
    const other = await StartRig.create();
    const second = other.spawn({ PORT: String(rig.port) });
    expect((await second.exited).code).toBe(1);
    expect(second.lines.join('\n')).toContain(`Port ${rig.port} is in use`);
    await expect(rig.isReady()).resolves.toBe(true);
    await other.remove();
  });

  it('restarts its Redis if that is killed', async () => {
    const redis = new Redis(await rig.redisPort(), '127.0.0.1');
    const pid = async (): Promise<number> => Number(/process_id:(\d+)/.exec(await redis.info('server'))?.[1]);
    const first = await pid();
    process.kill(first, 'SIGKILL');
    await until(async () => (await pid()) !== first && rig.isReady(), { timeoutMs: 30_000, what: 'ready again' });
    expect(child.exit).toBeUndefined();
    redis.disconnect();
  });

  it('ends everything on SIGINT, and still has keys and notifications at the next start', async () => {
    const redisPort = await rig.redisPort();
    await expect(child.end('SIGINT')).resolves.toMatchObject({ code: 0 });
    expect(child.lines.at(-1)).toBe('Drained and ended.');
    await expect(fetch(rig.url)).rejects.toThrow('fetch failed');
    await expect(fetch(`http://127.0.0.1:${redisPort}`)).rejects.toThrow('fetch failed');
    expect(existsSync(join(rig.dir, 'start.lock'))).toBe(false);

    child = rig.spawn();
    const again = await rig.told(child);
    expect([again.apiKey, again.console.adminKey]).toEqual([told.apiKey, told.console.adminKey]);
    expect(again.readyMs).toBeGreaterThan(0);
    const { body } = await new RestClient(rig.url, again.apiKey).get<TopicInfo>('/v1/topics/user:demo');
    expect(body.head).toBe(1);
  });

  it('ends with an error, and ends Redis, when the server dies', async () => {
    const redis = new Redis(await rig.redisPort(), '127.0.0.1', { retryStrategy: () => null });
    const ended = new Promise((resolve) => redis.once('end', resolve));
    process.kill(await rig.serverPid(), 'SIGKILL');
    expect((await child.exited).code).toBe(1);
    await ended;
  });
});

describe('npm start for production', () => {
  it('generates nothing and names every missing secret', async () => {
    const rig = await StartRig.create();
    const refused = rig.spawn({ NODE_ENV: 'production', JWT_SECRET: 'given-in-the-environment' });
    expect((await refused.exited).code).toBe(1);
    const said = refused.lines.join('\n');
    expect(said).toContain('API_KEYS, REDIS_URL');
    expect(said).not.toContain('JWT_SECRET');
    expect(said).not.toContain('given-in-the-environment');
    await expect(readdir(rig.dir)).resolves.toEqual([]);
    await rig.remove();
  });
});
