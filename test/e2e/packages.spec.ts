import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PostriderRig } from '../support/postrider-rig.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const run = promisify(execFile);

/** Folders of the sources, relative to the folder of a build. */
const SOURCES: Readonly<Record<string, string>> = {
  client: 'clients/js/dist/esm',
  server: 'clients/node-server/dist/esm',
};
const TS_JEST = {
  tsconfig: { module: 'commonjs', moduleResolution: 'node10', ignoreDeprecations: '6.0', types: [] },
};

interface SourceMap {
  sources: string[];
  sourcesContent: string[];
}

/** Program that sends itself a notification through both packages and prints what came. */
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

/** The same for \`require\`, without the folder. */
const REQUIRING = `
const { Postrider, PostriderError } = require('@postrider/client');
const { FileStore } = require('@postrider/client/file-store');
const { PostriderServer } = require('@postrider/server');
const { WebSocket } = require('ws');

const { URL: url, TOKEN, API_KEY: apiKey } = process.env;
const client = new Postrider({ url, token: () => TOKEN, WebSocket, store: new FileStore('required') });
client.on('notification', async (message) => {
  await client.close();
  console.log(JSON.stringify({ data: message.data, error: new PostriderError('closed', 'x') instanceof Error }));
});
client.on('welcome', () => new PostriderServer({ url, apiKey }).notify({ to: { user: 'grace' }, type: 't', data: { n: 2 } }));
`;

const TYPED = `
import { Postrider, type Message, type Store } from '@postrider/client';
import { FileStore } from '@postrider/client/file-store';
import { PostriderServer, PostriderError } from '@postrider/server';

export async function main(): Promise<void> {
  const store: Store = new FileStore('folder');
  const client = new Postrider({ url: 'http://localhost:3000', token: async () => 'token', store });
  client.on('notification', async (message: Message) => { const at: Date = message.at; console.log(at, message.data); });
  client.on('notification', (message: Message<{ text: string }>) => console.log(message.data.text));
  client.on<{ text: string }>('notification', ({ data }) => console.log(data.text));
  client.on('elsewhere', (message: Message<{ text: string }>) => console.log(message.data.text));
  client.on('state', ({ state }) => console.log(state === 'open'));
  // @ts-expect-error The type of the data is unknown.
  client.on('notification', ({ data }) => console.log(data.text));
  const { id }: { id: string } = await new PostriderServer({ url: 'http://localhost:3000', apiKey: 'k' })
    .notify({ to: { users: ['ada'] }, type: 't', data: 1 });
  console.log(id, new PostriderError('network', 'x', { status: 0, retryable: true }).retryable);
  // @ts-expect-error One recipient or one list of them.
  await new PostriderServer({ url: 'http://localhost:3000', apiKey: 'k' }).notify({ to: {}, type: 't', data: 1 });
}
`;

/** Module resolutions of projects since TypeScript 4, and of current ones. */
const RESOLUTIONS = [
  { title: 'nodenext, as a module', file: 'main.mts', module: 'nodenext', moduleResolution: 'nodenext' },
  { title: 'nodenext, as CommonJS', file: 'main.cts', module: 'nodenext', moduleResolution: 'nodenext' },
  { title: 'node16, as a module', file: 'main.mts', module: 'node16', moduleResolution: 'node16' },
  { title: 'node16, as CommonJS', file: 'main.cts', module: 'node16', moduleResolution: 'node16' },
  { title: 'bundler', file: 'main.ts', module: 'esnext', moduleResolution: 'bundler' },
  { title: 'node10', file: 'main.ts', module: 'commonjs', moduleResolution: 'node10' },
];

/** Unit test as an application has it. */
const UNIT_TEST = (imported: string): string => `
${imported}
test('can be made', async () => {
  const client = new Postrider({ url: 'http://localhost:1', token: () => 't', autoConnect: false, store: new FileStore('x') });
  expect(client.state).toBe('closed');
  await expect(new PostriderServer({ url: 'http://127.0.0.1:1', apiKey: 'k', retries: 0 }).status('x')).rejects.toThrow();
});
`;
const REQUIRED = `const { Postrider } = require('@postrider/client');
const { FileStore } = require('@postrider/client/file-store');
const { PostriderServer } = require('@postrider/server');`;
const IMPORTED = `import { Postrider } from '@postrider/client';
import { FileStore } from '@postrider/client/file-store';
import { PostriderServer } from '@postrider/server';
declare const test: (title: string, work: () => Promise<void>) => void;
declare const expect: (value: unknown) => { toBe(other: unknown): void; rejects: { toThrow(): Promise<void> } };`;

describe('the packed packages in an empty project', () => {
  let folder: string;
  let archives: string[];
  let rig: PostriderRig;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'postrider-packages-'));
    rig = await PostriderRig.start();
    const npm = (cwd: string, ...args: string[]) =>
      run('npm', [...args, '--offline', '--no-audit', '--no-fund'], { cwd });
    const packages = ['--workspace', 'clients/js', '--workspace', 'clients/node-server'];
    await npm(ROOT, 'pack', ...packages, '--ignore-scripts', '--pack-destination', folder);
    archives = (await readdir(folder)).filter((name) => name.endsWith('.tgz'));
    await writeFile(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
    const ws = join(ROOT, 'node_modules/ws');
    await npm(folder, 'install', ...archives.map((name) => join(folder, name)), ws);
  });

  afterAll(async () => {
    await rig?.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('bring no other packages and are small', async () => {
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

  it('can be loaded with `require`', async () => {
    await writeFile(join(folder, 'main.cjs'), REQUIRING);
    const env = { ...process.env, URL: rig.server().url, API_KEY: rig.apiKey, TOKEN: await rig.tokens.sign('grace') };
    const { stdout } = await run(process.execPath, ['main.cjs'], { cwd: folder, env, timeout: 20_000 });
    expect(JSON.parse(stdout)).toEqual({ data: { n: 2 }, error: true });
  });

  it.each(RESOLUTIONS)('have types that resolve as $title', async ({ file, title, ...options }) => {
    await writeFile(join(folder, file), TYPED);
    const compilerOptions = {
      target: 'es2022',
      ...options,
      ignoreDeprecations: '6.0',
      lib: ['es2023', 'dom'],
      types: [],
      noEmit: true,
      strict: true,
      exactOptionalPropertyTypes: true,
      esModuleInterop: true,
    };
    const config = `tsconfig.${title.replaceAll(/\W+/g, '-')}.json`;
    await writeFile(join(folder, config), JSON.stringify({ compilerOptions, files: [file] }));
    expect(await outputOf('typescript/bin/tsc', '-p', config)).toBe('');
  });

  it('have types for the component of the README', async () => {
    const readme = await readFile(join(ROOT, 'README.md'), 'utf8');
    const [, component = ''] = /^```tsx notifications.tsx\n([^]*?)^```$/m.exec(readme) ?? [];
    expect(component).toContain('export function Notifications');
    await writeFile(join(folder, 'notifications.tsx'), component);
    const types = join(ROOT, 'node_modules/@types/react');
    const compilerOptions = {
      module: 'esnext',
      moduleResolution: 'bundler',
      jsx: 'react-jsx',
      paths: { react: [`${types}/index.d.ts`], 'react/jsx-runtime': [`${types}/jsx-runtime.d.ts`] },
      types: [],
      noEmit: true,
      strict: true,
    };
    await writeFile(
      join(folder, 'tsconfig.tsx.json'),
      JSON.stringify({ compilerOptions, files: ['notifications.tsx'] }),
    );
    expect(await outputOf('typescript/bin/tsc', '-p', 'tsconfig.tsx.json')).toBe('');
  });

  it.each([
    ['by `require`', 'unit.spec.cjs', REQUIRED, {}],
    ['with ts-jest', 'unit.spec.ts', IMPORTED, { '^.+[.]ts$': [join(ROOT, 'node_modules/ts-jest'), TS_JEST] }],
  ])('are imported by Jest %s', async (_, file, imported, transform) => {
    const project = join(folder, `jest-${file}`);
    await mkdir(project);
    // A separate project, which is CommonJS, as Nest creates them.
    await writeFile(join(project, 'package.json'), '{ "private": true }');
    await writeFile(join(project, file), UNIT_TEST(imported));
    const config = {
      rootDir: project,
      testMatch: [`**/${file}`],
      transform,
      moduleFileExtensions: ['js', 'cjs', 'ts'],
    };
    const output = await outputOf('jest/bin/jest.js', '--config', JSON.stringify(config), '--no-cache');
    expect(output).toContain('Tests:       1 passed, 1 total');
  });

  it('pass publint and attw', async () => {
    for (const archive of archives) {
      expect(await outputOf('publint/src/cli.js', 'run', archive, '--strict')).toContain('All good!');
      const told = await outputOf('@arethetypeswrong/cli/dist/index.js', archive, '--format', 'json');
      expect(JSON.parse(told)).toMatchObject({ problems: {} });
      expect((JSON.parse(told) as { problems: object }).problems).toEqual({});
    }
  });

  it('are readable, have their sources in the maps, and describe themselves', async () => {
    for (const name of ['client', 'server']) {
      const home = join(folder, 'node_modules/@postrider', name);
      expect(await readFile(join(home, 'LICENSE'), 'utf8')).toBe(await readFile(join(ROOT, 'LICENSE'), 'utf8'));
      expect(await readFile(join(home, 'README.md'), 'utf8')).toContain(`# @postrider/${name}`);
      for (const format of ['esm', 'cjs']) {
        const dist = join(home, 'dist', format);
        for (const map of (await readdir(dist)).filter((file) => file.endsWith('.map'))) {
          const { sources, sourcesContent } = JSON.parse(await readFile(join(dist, map), 'utf8')) as SourceMap;
          expect(sources).toEqual([`../../src/${map.replace(/js\.map$/, 'ts')}`]);
          expect(sourcesContent).toEqual([await readFile(join(ROOT, SOURCES[name] ?? '', sources[0] ?? ''), 'utf8')]);
        }
      }
    }
    expect(await readFile(join(folder, 'node_modules/@postrider/client/dist/esm/client.js'), 'utf8')).toContain(
      'export class Postrider {',
    );
  });

  /**
   * Runs a tool of this repository in the folder and returns its output, whether it succeeds or
   * fails.
   */
  async function outputOf(tool: string, ...args: string[]): Promise<string> {
    const command = [join(ROOT, 'node_modules', tool), ...args];
    const { stdout, stderr } = await run(process.execPath, command, { cwd: folder }).catch(
      (failed: { stdout: string; stderr: string }) => failed,
    );
    return stdout + stderr;
  }
});
