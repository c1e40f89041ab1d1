import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { signToken } from '@postrider/server';
import { JwtAuthenticator } from '../../src/auth/jwt-authenticator.js';
import { Config } from '../../src/config/config.js';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SECRET = 'a-secret-of-this-test-0123456789';
const HOUR_MS = 3_600_000;

const authenticator = new JwtAuthenticator(
  Config.from({
    NODE_ENV: 'development',
    REDIS_URL: 'redis://127.0.0.1',
    API_KEYS: 'main:test:a-key-of-this-test',
    JWT_SECRET: SECRET,
  }),
);

describe('npm run token', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'postrider-token-'));
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  const token = async (args: readonly string[], env: Record<string, string> = { JWT_SECRET: SECRET }) =>
    run(process.execPath, ['scripts/token.mjs', ...args], {
      cwd: ROOT,
      env: { PATH: process.env['PATH'], POSTRIDER_DATA_DIR: folder, ...env },
    });

  it('prints a token that the server accepts, and nothing else on standard output', async () => {
    const { stdout } = await token(['--user', 'alice', '--topics', 'orders.*, chat', '--publish', '', '--hours', '1']);
    const { expiresAtMs, ...identity } = await authenticator.authenticate(stdout.trim());
    expect(identity).toMatchObject({ user: 'alice', app: 'main', topics: ['orders.*', 'chat'], publish: [] });
    expect(Math.abs(expiresAtMs - Date.now() - HOUR_MS)).toBeLessThan(60_000);
  });

  it('allows everything without patterns, like the token of the start', async () => {
    const { stdout } = await token(['--user', 'bob', '--app', 'shop']);
    const identity = await authenticator.authenticate(stdout.trim());
    expect(identity).toMatchObject({ user: 'bob', app: 'shop', topics: ['*'], publish: ['*'] });
  });

  it('signs with the secret that the start has generated', async () => {
    await expect(token(['--user', 'alice'], {})).rejects.toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/run `npm start` once, .* or set JWT_SECRET/),
    });
    await writeFile(join(folder, 'keys.json'), JSON.stringify({ apiKey: 'k', adminKey: 'a', jwtSecret: SECRET }));
    const { stdout } = await token(['--user', 'alice'], {});
    expect(await authenticator.authenticate(stdout.trim())).toMatchObject({ user: 'alice' });
  });

  it.each([
    [[], '--user must be'],
    [['--user', 'al ice'], '--user must be'],
    [['--user', 'alice', '--hours', 'many'], '--hours must be'],
    [['--user', 'alice', '--app', 'a:b'], '--app must be'],
    [['--for', 'alice'], "Unknown option '--for'"],
  ])('refuses %j and shows the usage', async (args, message) => {
    await expect(token(args)).rejects.toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(`${message}[^]*npm run token -- --user`),
    });
  });
});

describe('signToken of the server SDK', () => {
  it('signs a token that the server accepts', async () => {
    const claims = { user: 'alice', topics: ['orders.*'], publish: ['chat'], app: 'shop', expiresInMs: 2 * HOUR_MS };
    const { expiresAtMs, issuedAtMs, ...identity } = await authenticator.authenticate(await signToken(claims, SECRET));
    expect(identity).toEqual({
      user: 'alice',
      topics: ['orders.*'],
      publish: ['chat'],
      app: 'shop',
      tokenId: expect.stringMatching(/^\S{36}$/),
    });
    expect(Math.abs(expiresAtMs - (issuedAtMs ?? 0) - 2 * HOUR_MS)).toBeLessThanOrEqual(1_000);
  });

  it('allows only what is asked for, for an hour', async () => {
    const identity = await authenticator.authenticate(await signToken({ user: 'alice' }, SECRET));
    expect(identity).toMatchObject({ user: 'alice', app: 'main', topics: [], publish: [] });
    expect(Math.abs(identity.expiresAtMs - Date.now() - HOUR_MS)).toBeLessThan(60_000);
  });

  it('signs another one each time', async () => {
    const tokens = await Promise.all([1, 2].map(() => signToken({ user: 'alice' }, SECRET)));
    expect(new Set(tokens).size).toBe(2);
  });

  it('is refused under another secret', async () => {
    const token = await signToken({ user: 'alice' }, 'another');
    await expect(authenticator.authenticate(token)).rejects.toMatchObject({ code: 'unauthorized' });
  });

  it.each([
    [{ user: '' }, SECRET, 'user is missing'],
    [{ user: 'alice' }, '', 'secret is missing'],
    [{ user: 'alice', expiresInMs: 0 }, SECRET, 'expiresInMs must be'],
    [{ user: 'alice', expiresInMs: Number.NaN }, SECRET, 'expiresInMs must be'],
    [{ user: 'alice', topics: [''] }, SECRET, 'topics must be'],
  ])('refuses %j', async (claims, secret, message) => {
    await expect(signToken(claims, secret)).rejects.toThrow(message);
  });
});
