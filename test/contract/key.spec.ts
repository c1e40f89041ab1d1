import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { readKeys } from '../../src/auth/key-file.js';
import { KeyRing } from '../../src/auth/key-ring.js';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const key = (...args: string[]) => run(process.execPath, ['scripts/key.mjs', ...args], { cwd: ROOT });

describe('npm run key', () => {
  it('makes a key and its entry for API_KEYS_FILE', async () => {
    const { stdout, stderr } = await key(
      '--app',
      'main',
      '--name',
      'shop',
      '--scopes',
      'publish, read',
      '--not-after',
      '2999-01-31',
    );
    const [made = ''] = /pr_\S{32}/.exec(stderr) ?? [];
    expect(stdout).not.toContain(made);
    const [entry] = readKeys(`[${stdout}]`);
    expect(entry).toMatchObject({ app: 'main', name: 'shop', scopes: new Set(['publish', 'read']) });
    const { digest = Buffer.alloc(0), notAfterMs } = entry ?? {};
    expect(notAfterMs).toBe(Date.parse('2999-01-31'));
    expect(new KeyRing([{ digest, owner: 'shop' }], Date.now).ownerOf(made)).toBe('shop');
  });

  it('makes a different key each time', async () => {
    const made = await Promise.all([1, 2].map(() => key('--app', '*', '--name', 'ada', '--scopes', 'admin')));
    expect(new Set(made.map(({ stdout }) => stdout)).size).toBe(2);
  });

  it.each([
    [['--name', 'shop', '--scopes', 'read'], '--app must be'],
    [['--app', 'a:b', '--name', 'shop', '--scopes', 'read'], '--app must be'],
    [['--app', 'main', '--name', 'the shop', '--scopes', 'read'], '--name must be'],
    [['--app', 'main', '--name', 'shop'], '--scopes must be'],
    [['--app', 'main', '--name', 'shop', '--scopes', 'write'], '--scopes must be'],
    [['--app', 'main', '--name', 'shop', '--scopes', 'read', '--not-after', 'soon'], '--not-after must be'],
    [['--key', 'mine'], "Unknown option '--key'"],
  ])('refuses %j and shows the usage', async (args, message) => {
    await expect(key(...args)).rejects.toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(`${message}[^]*npm run key -- --app`),
    });
  });
});
