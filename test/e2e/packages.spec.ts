import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { PostriderRig } from '../support/postrider.rig.js';

jest.setTimeout(120_000);

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const run = promisify(execFile);

/** Sends itself a notification through both packages and prints what came. */
const APPLICATION = `
import { Postrider } from '@postrider/client';
import { FileStore } from '@postrider/client/file-store';
import { PostriderServer } from '@postrider/server';
import { WebSocket } from 'ws';

const { URL: url, TOKEN, API_KEY: apiKey } = process.env;
const client = new Postrider({ url, token: () => TOKEN, WebSocket, store: new FileStore('store') });
const came = new Promise((resolve) => client.on('notification', resolve));
const { id } = await new PostriderServer({ url, apiKey }).notify({ to: { user: 'ada' }, type: 't', data: { n: 1 } });
const message = await came;
console.log(JSON.stringify({ same: message.id === id, data: message.data }));
await client.close();
`;

const TYPED = `
import { Postrider, type Message, type Store } from '@postrider/client';
import { FileStore } from '@postrider/client/file-store';
import { PostriderServer, PostriderError } from '@postrider/server';

const store: Store = new FileStore('folder');
const client = new Postrider({ url: 'http://localhost:3000', token: async () => 'token', store });
client.on('notification', async (message: Message) => { const at: Date = message.at; console.log(at, message.data); });
const { id }: { id: string } = await new PostriderServer({ url: 'http://localhost:3000', apiKey: 'k' })
  .notify({ to: { users: ['ada'] }, type: 't', data: 1 });
console.log(id, new PostriderError('network', 'x', { status: 0, retryable: true }).retryable);
// @ts-expect-error One recipient or one list of them.
await new PostriderServer({ url: 'http://localhost:3000', apiKey: 'k' }).notify({ to: {}, type: 't', data: 1 });
`;

describe('the packed packages in an empty project', () => {
  let folder: string;
  let rig: PostriderRig;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'postrider-packages-'));
    rig = await PostriderRig.start();
    const npm = (cwd: string, ...args: string[]) =>
      run('npm', [...args, '--offline', '--no-audit', '--no-fund'], { cwd });
    const packages = ['--workspace', 'clients/js', '--workspace', 'clients/node-server'];
    await npm(ROOT, 'pack', ...packages, '--pack-destination', folder);
    const archives = (await readdir(folder)).filter((name) => name.endsWith('.tgz'));
    await writeFile(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
    const ws = join(ROOT, 'node_modules/ws');
    await npm(folder, 'install', ...archives.map((name) => join(folder, name)), ws);
  });

  afterAll(async () => {
    await rig?.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('bring no other packages along, and little of themselves', async () => {
    const installed = await readdir(join(folder, 'node_modules'));
    expect(installed.filter((name) => !name.startsWith('.')).toSorted()).toEqual(['@postrider', 'ws']);
    for (const name of (await readdir(folder)).filter((name) => name.endsWith('.tgz'))) {
      expect((await stat(join(folder, name))).size).toBeLessThan(200_000);
    }
  });

  it('send and receive in Node', async () => {
    await writeFile(join(folder, 'main.js'), APPLICATION);
    const env = { ...process.env, URL: rig.server().url, API_KEY: rig.apiKey, TOKEN: await rig.tokens.sign('ada') };
    const { stdout } = await run(process.execPath, ['main.js'], { cwd: folder, env, timeout: 20_000 });
    expect(JSON.parse(stdout)).toEqual({ same: true, data: { n: 1 } });
  });

  it.each(['nodenext', 'bundler'])('have types that resolve as %s', async (resolution) => {
    await writeFile(join(folder, 'main.ts'), TYPED);
    const module = resolution === 'bundler' ? 'esnext' : 'nodenext';
    const compilerOptions = {
      target: 'es2022',
      module,
      moduleResolution: resolution,
      lib: ['es2023', 'dom'],
      types: [],
      noEmit: true,
      strict: true,
      exactOptionalPropertyTypes: true,
    };
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['main.ts'] }));
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
    const { stdout } = await run(process.execPath, [tsc], { cwd: folder }).catch(
      (failed: { stdout: string }) => failed,
    );
    expect(stdout).toBe('');
  });
});
