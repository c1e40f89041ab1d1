import { createHash } from 'node:crypto';
import { mkdtemp, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { until } from '../../test/support/wait.js';
import { Config } from '../config/config.js';
import { RedisClock } from '../clock/redis-clock.js';
import { AdminKeyRegistry } from './admin-key-registry.js';
import { ApiKeyRegistry } from './api-key-registry.js';
import { KeyFile, readKeys } from './key-file.js';

const sha256 = (key: string): string => createHash('sha256').update(key).digest('hex');
const entry = (key: string, more: object = {}): object => ({
  app: 'main',
  name: 'shop',
  scopes: ['publish'],
  sha256: sha256(key),
  ...more,
});

beforeAll(() => Logger.overrideLogger(false));

let folder: string;
let path: string;
let file: KeyFile;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postrider-keys-'));
  path = join(folder, 'keys.json');
});
afterEach(async () => {
  file?.onModuleDestroy();
  await rm(folder, { recursive: true });
});

async function write(...keys: object[]): Promise<void> {
  await writeFile(path, JSON.stringify(keys));
}

function start(clock = new RedisClock()): { keys: ApiKeyRegistry; admins: AdminKeyRegistry } {
  const env = { JWT_SECRET: 'a-secret-of-at-least-16', REDIS_URL: 'redis://127.0.0.1:6379', DEMO: 'false' };
  const config = Config.from({ ...env, API_KEYS_FILE: path, KEY_FILE_POLL_MS: '20' });
  file = new KeyFile(config);
  file.onModuleInit();
  return { keys: new ApiKeyRegistry(config, file, clock), admins: new AdminKeyRegistry(config, file, clock) };
}

describe('API_KEYS_FILE', () => {
  it('has keys by their hashes, each with its scopes', async () => {
    await write(entry('one'), entry('two', { app: 'crm', name: 'mail', scopes: ['read', 'admin'] }));
    const { keys, admins } = start();
    expect(keys.grantOf('one')).toEqual({ publisher: { app: 'main', name: 'shop' }, scopes: new Set(['publish']) });
    expect(keys.grantOf('two')?.scopes).toEqual(new Set(['read', 'admin']));
    expect(keys.grantOf(sha256('one'))).toBeUndefined();
    expect(keys.apps).toEqual(['main', 'crm']);
    expect(admins.isEmpty).toBe(true);
  });

  it('has admin keys: those for all apps', async () => {
    await write(entry('one', { app: '*', name: 'ada', scopes: ['read'] }));
    const { keys, admins } = start();
    expect(keys.grantOf('one')).toBeUndefined();
    const admin = admins.adminOf('one');
    expect(admin).toMatchObject({ name: 'ada', scopes: new Set(['read']) });
    expect(admins.find('ada', admin?.fingerprint ?? '')).toBe(admin);
    await write(entry('two', { app: '*', name: 'ada', scopes: ['read'] }));
    await until(() => admins.adminOf('two'));
    expect(admins.find('ada', admin?.fingerprint ?? '')).toBeUndefined();
  });

  it('is reloaded when it changes: an old and a new key of one name may overlap', async () => {
    await write(entry('old'));
    const { keys } = start();
    await write(entry('old'), entry('new'));
    await until(() => keys.grantOf('new'));
    expect(keys.grantOf('old')?.publisher).toEqual(keys.grantOf('new')?.publisher);
    await write(entry('new'));
    await until(() => !keys.grantOf('old'));
    expect(keys.grantOf('new')).toBeDefined();
  });

  it('is reloaded when a symbolic link is switched to another file, as Kubernetes does', async () => {
    await writeFile(join(folder, 'v1.json'), JSON.stringify([entry('old')]));
    await writeFile(join(folder, 'v2.json'), JSON.stringify([entry('new')]));
    await symlink('v1.json', path);
    const { keys } = start();
    await symlink('v2.json', join(folder, 'next'));
    await rename(join(folder, 'next'), path);
    await until(() => keys.grantOf('new') && !keys.grantOf('old'));
  });

  it.each([
    ['half written', '[{"app":"main","name":"shop","sco'],
    ['empty', ''],
    ['with a bad entry', JSON.stringify([entry('old'), entry('new', { scopes: ['everything'] })])],
  ])('keeps the previous keys while it is %s, and recovers', async (_, text) => {
    await write(entry('old'));
    const { keys } = start();
    await writeFile(path, text);
    await until(() => file.fault);
    expect(keys.grantOf('old')).toBeDefined();
    expect(keys.grantOf('new')).toBeUndefined();
    await write(entry('new'));
    await until(() => keys.grantOf('new'));
    expect(file.fault).toBeUndefined();
  });

  it('keeps the previous keys while it is missing', async () => {
    await write(entry('old'));
    const { keys } = start();
    await unlink(path);
    await until(() => file.fault);
    expect(keys.grantOf('old')).toBeDefined();
    await write(entry('old'));
    await until(() => file.fault === undefined);
  });

  it('has keys that expire', async () => {
    const soon = new Date(Date.now() + 300).toISOString();
    await write(entry('short', { notAfter: soon }), entry('over', { notAfter: '2020-01-01T00:00:00Z' }), entry('long'));
    const { keys } = start();
    expect(keys.grantOf('over')).toBeUndefined();
    expect(keys.grantOf('short')).toBeDefined();
    await until(() => !keys.grantOf('short'));
    expect(keys.grantOf('long')).toBeDefined();
  });

  it.each([-3_600_000, 3_600_000])('has keys that expire on time if the wall clock is set by %d ms', async (ms) => {
    const atMs = (fromNowMs: number): string => new Date(Date.now() + fromNowMs).toISOString();
    await write(entry('soon over', { notAfter: atMs(600_000) }), entry('just over', { notAfter: atMs(-600_000) }));
    let aheadMs = 0;
    const clock = new RedisClock({ monotonic: () => performance.now(), wall: () => Date.now() + aheadMs });
    const { keys } = start(clock);
    aheadMs = ms;
    expect([keys.grantOf('soon over') !== undefined, keys.grantOf('just over')]).toEqual([true, undefined]);
    expect(clock.wallAheadMs).toBeCloseTo(ms, -2);
  });

  it('prevents the start of a process if it is invalid or missing', async () => {
    expect(start).toThrow(/^API_KEYS_FILE: .*ENOENT/);
    await writeFile(path, '{}');
    expect(start).toThrow('API_KEYS_FILE: keys must be a list.');
  });
});

describe('readKeys', () => {
  it.each([
    [entry('k', { sha256: 'K'.repeat(64) }), 'keys[0].sha256'],
    [entry('k', { sha256: 'my-secret-key' }), 'keys[0].sha256'],
    [entry('k', { key: 'my-secret-key' }), 'key is not a known field'],
    [entry('k', { app: 'a:b' }), 'keys[0].app must be an app name, or * for all apps'],
    [entry('k', { scopes: [] }), 'keys[0].scopes'],
    [entry('k', { scopes: ['write'] }), 'keys[0].scopes[0] must be publish or read or admin'],
    [entry('k', { notAfter: 'tomorrow' }), 'keys[0].notAfter'],
  ])('refuses %j and names the field, without its value', (key, message) => {
    const read = () => readKeys(JSON.stringify([key]));
    expect(read).toThrow(message);
    expect(read).not.toThrow('my-secret-key');
  });

  it('refuses the same key twice', () => {
    const twice = JSON.stringify([entry('k'), entry('k', { scopes: ['admin'] })]);
    expect(() => readKeys(twice)).toThrow('keys[1].sha256 is a duplicate');
  });
});
