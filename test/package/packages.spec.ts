import { cp, mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Child } from '../support/child-process.js';
import { FrameSocket } from '../support/frame-socket.js';
import { freePort } from '../support/free-port.js';
import { PackedProject } from '../support/packed-project.js';
import { RedisRig } from '../support/redis-rig.js';
import { StartRig } from '../support/start-rig.js';
import { TokenMint } from '../support/tokens.js';
import { until } from '../support/wait.js';

jest.setTimeout(900_000);

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const KEY = 'key-of-the-package-spec';
const SCHEMATIC = join(ROOT, 'node_modules/@nestjs/schematics/dist/collection.json:application');

const TYPED = `
import { Authenticator, bootstrap, Config, type Identity, PostriderModule, runProcesses } from 'postrider';
import { authenticatorContract, type ContractCase, TestNode } from 'postrider/testing';
import { Postrider } from '@postrider/client';
import { PostriderServer } from '@postrider/server';

class Own extends Authenticator {
  authenticate(token: string): Promise<Identity> {
    return Promise.resolve({ user: token, app: 'main', topics: [], publish: [], expiresAtMs: 1 });
  }
}
export const cases: readonly ContractCase[] = authenticatorContract(() => ({
  authenticator: new Own(),
  issue: ({ user }) => user,
  expired: () => '',
}));
export const start = () => runProcesses(Config.from(), () => bootstrap(Config.from(), { authenticator: Own }));
export const module = PostriderModule.forRoot({ authenticator: { useFactory: () => new Own() } });
export const node = () => TestNode.start({ redisUrl: 'redis://127.0.0.1', extensions: { authenticator: Own } });
export const client = () => new Postrider({ url: 'http://localhost:3000', token: () => 'token' });
export const server = new PostriderServer({ url: 'http://localhost:3000', apiKey: 'k' });
// @ts-expect-error An authenticator is not a number.
PostriderModule.forRoot({ authenticator: 1 });
`;
const RESOLUTIONS = [
  { files: ['esm.mts', 'commonjs.cts'], module: 'nodenext', moduleResolution: 'nodenext' },
  { files: ['esm.mts'], module: 'node16', moduleResolution: 'node16' },
  { files: ['bundled.ts'], module: 'esnext', moduleResolution: 'bundler' },
];

const STRICT = { target: 'es2023', strict: true, skipLibCheck: false, types: ['node'] };
const NEST = { experimentalDecorators: true, emitDecoratorMetadata: true };

/** Nest application of ES modules, with Postrider mounted beside its own controller. */
const MOUNTED = `
import { Controller, Module, NotFoundException, Param, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Config, mountPostrider, Notifications, PostriderHttpAdapter, PostriderModule } from 'postrider';

const config = Config.from();

@Controller('greetings')
class GreetingsController {
  constructor(private readonly notifications: Notifications) {}

  @Post(':user')
  greet(@Param('user') user: string) {
    if (user === 'nobody') throw new NotFoundException('nobody lives here');
    return this.notifications.publish({ app: 'main', name: 'host' }, { to: { user }, type: 'greeting', data: { user } });
  }
}

@Module({
  imports: [PostriderModule.forRootAsync({ roles: config.roles, pages: ['demo', 'client'], useFactory: () => config })],
  controllers: [GreetingsController],
})
class AppModule {}

const app = await NestFactory.create(AppModule, new PostriderHttpAdapter(config));
await mountPostrider(app);
await app.listen(config.port, config.host);
`;

/** Default controller and module of the Nest CLI, which publish beside Express. */
const EXPRESS_CONTROLLER = `
import { Controller, Get, Param, Post } from '@nestjs/common';
import { Notifications } from 'postrider';
import { AppService } from './app.service';

@Controller()
export class AppController {
  constructor(private readonly appService: AppService, private readonly notifications: Notifications) {}

  @Get()
  getHello(): string {
    return this.appService.getHello();
  }

  @Post('greetings/:user')
  greet(@Param('user') user: string) {
    return this.notifications.publish({ app: 'main', name: 'host' }, { to: { user }, type: 'greeting', data: { user } });
  }
}
`;
const EXPRESS_MODULE = `
import { Module } from '@nestjs/common';
import { PostriderModule } from 'postrider';
import { AppController } from './app.controller';
import { AppService } from './app.service';

@Module({ imports: [PostriderModule.forRoot({ roles: [] })], controllers: [AppController], providers: [AppService] })
export class AppModule {}
`;

const SCRIPT = `
import { PostriderServer } from '@postrider/server';

const postrider = new PostriderServer({ url: process.env.URL, apiKey: process.env.API_KEY });
console.log(JSON.stringify(await postrider.notify({ to: { user: 'vera' }, type: 'greeting', data: { n: 1 } })));
`;

const VITE_PAGE = '<!doctype html><script type="module" src="/main.ts"></script>';
const VITE_MAIN = `
import { Postrider } from '@postrider/client';

const { url, token } = globalThis as unknown as { url: string; token: string };
const client = new Postrider({ url, token: () => token, autoConnect: true });
client.on('notification', async ({ id, data }) => {
  console.log(JSON.stringify({ id, data }));
  await client.close();
});
`;
/** Program that runs the built page with the globals of a browser. */
const VITE_RUN = `
import { readdirSync } from 'node:fs';
import { WebSocket } from 'ws';

const built = readdirSync('dist/assets').find((name) => name.endsWith('.js'));
Object.assign(globalThis, { WebSocket, url: process.env.URL, token: process.env.TOKEN });
await import(\`./dist/assets/\${built}\`);
`;

describe('the three packages, packed and installed into an empty folder', () => {
  const tokens = new TokenMint();
  const children: Child[] = [];
  let project: PackedProject;
  let redis: RedisRig;

  beforeAll(async () => {
    redis = await RedisRig.start();
    const packages = ['@nestjs/platform-express@^12.5.0', '@types/node@^20', 'ws'];
    project = await PackedProject.create(...packages);
  });

  afterAll(async () => {
    await Promise.all(children.map((child) => child.end('SIGKILL')));
    await redis?.stop();
    await project?.remove();
  });

  /** Starts a program with the settings of a node. */
  function start(folder: string, program: string, further: Readonly<Record<string, string>> = {}): Child {
    const settings = { NODE_ENV: 'development', HOST: '127.0.0.1', API_KEYS: `main:test:${KEY}` };
    const env = { PATH: process.env['PATH'], ...settings, REDIS_URL: redis.url, JWT_SECRET: tokens.secret, ...further };
    const child = Child.spawn(process.execPath, [program], { cwd: join(project.folder, folder), env });
    children.push(child);
    return child;
  }

  async function answering(child: Child, url: string): Promise<void> {
    const answers = async (): Promise<boolean> => (await fetch(url)).ok;
    await until(() => child.exit !== undefined || answers(), { timeoutMs: 300_000, what: `${url} answers` });
    if (child.exit) throw new Error(child.tail());
  }

  it.each(RESOLUTIONS)('have types for $files by $moduleResolution', async ({ files, ...options }) => {
    const config = `tsconfig.${options.moduleResolution}.json`;
    const compilerOptions = { ...STRICT, ...options, lib: ['es2023', 'dom', 'dom.iterable'], noEmit: true };
    for (const file of files) await project.write({ [`types/${file}`]: TYPED });
    await project.write({ [`types/${config}`]: { compilerOptions, files } });
    expect(await project.tool('typescript/bin/tsc', ['-p', config], 'types')).toBe('');
  });

  it('depend on every package that their types import', async () => {
    const home = join(project.folder, 'node_modules/postrider');
    const { dependencies, peerDependencies } = JSON.parse(
      await readFile(join(home, 'package.json'), 'utf8'),
    ) as Manifest;
    const declared = new Set(Object.keys({ ...dependencies, ...peerDependencies }));
    const imported = await packagesOf([join(home, 'dist/index.d.ts'), join(home, 'dist/testing/index.d.ts')]);
    expect(imported.size).toBeGreaterThan(5);
    expect([...imported].filter((name) => !declared.has(name) && !name.startsWith('node:'))).toEqual([]);
  });

  it('is as publint and attw want it', async () => {
    const archive = project.archives.find((path) => /postrider-\d[^/]*$/.test(path)) ?? '';
    expect(await project.tool('publint/src/cli.js', ['run', archive, '--strict'])).toContain('All good!');
    // Nest is ES modules only, and so is the server.
    const attw = ['--profile', 'esm-only', '--format', 'json'];
    const told = await project.tool('@arethetypeswrong/cli/dist/index.js', [archive, ...attw]);
    const { analysis } = JSON.parse(told) as { analysis: { problems: { kind: string; resolutionKind: string }[] } };
    expect(analysis.problems.filter(({ resolutionKind }) => !/node10|node16-cjs/.test(resolutionKind))).toEqual([]);
  });

  it('start as `npx postrider` in an empty folder, with keys and a Redis of their own', async () => {
    await mkdir(join(project.folder, 'empty'));
    const cwd = join(project.folder, 'empty');
    const { PATH, HOME, REDIS_SERVER_BIN } = process.env;
    const env = { PATH, HOME, REDIS_SERVER_BIN, PORT: String(await freePort()), HOST: '127.0.0.1' };
    const child = Child.spawn('npx', ['--no-install', 'postrider'], { cwd, env, detached: true });
    children.push(child);
    const rig = await StartRig.create();
    const { page, apiKey, send } = await rig.told(child);
    expect(apiKey).toBe(
      (JSON.parse(await readFile(join(cwd, '.data/keys.json'), 'utf8')) as { apiKey: string }).apiKey,
    );
    expect(JSON.parse(await rig.paste(send))).toMatchObject({ state: 'accepted' });
    for (const path of ['/', '/console', '/client/postrider.js', '/docs']) {
      expect([path, (await fetch(page.origin + path)).status]).toEqual([path, 200]);
    }
    // As Ctrl-C at a terminal: to npx and all that it started.
    process.kill(-child.pid, 'SIGINT');
    await until(() => child.lines.includes('Drained and ended.'), {
      timeoutMs: 60_000,
      what: 'the server has drained',
    });
    await child.exited;
    await rig.remove();
  });

  it('mount in a Nest application of ES modules, for a script and a Vite application', async () => {
    await project.write({
      'esm/package.json': { type: 'module' },
      'esm/main.ts': MOUNTED,
      'esm/tsconfig.json': { compilerOptions: { ...STRICT, ...NEST, module: 'nodenext', outDir: 'dist' } },
      'script/send.mjs': SCRIPT,
      'vite/package.json': { type: 'module' },
      'vite/index.html': VITE_PAGE,
      'vite/vite.config.js': 'export default { build: { modulePreload: { polyfill: false } } };',
      'vite/main.ts': VITE_MAIN,
      'vite/run.js': VITE_RUN,
    });
    expect(await project.tool('typescript/bin/tsc', ['-p', '.'], 'esm')).toBe('');
    await project.tool('vite/bin/vite.js', ['build'], 'vite');
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const host = start('esm', 'dist/main.js', { PORT: String(port) });
    await answering(host, `${url}/health/ready`);

    const socket = await FrameSocket.open(`${url.replace('http', 'ws')}/ws`, { token: await tokens.sign('ada') });
    await socket.welcome();
    expect((await fetch(`${url}/greetings/ada`, { method: 'POST' })).status).toBe(201);
    expect((await socket.next('notification')).data).toMatchObject({ type: 'greeting', data: { user: 'ada' } });
    socket.cut();
    const refused = await fetch(`${url}/greetings/nobody`, { method: 'POST' });
    expect(await refused.json()).toMatchObject({ statusCode: 404, message: 'nobody lives here' });

    const vite = start('vite', 'run.js', { URL: url, TOKEN: await tokens.sign('vera') });
    const script = start('script', 'send.mjs', { URL: url, API_KEY: KEY });
    expect(await script.exited).toEqual({ code: 0, signal: null });
    const { id } = JSON.parse(script.tail(1)) as { id: string };
    expect([await vite.exited, vite.tail()]).toEqual([{ code: 0, signal: null }, vite.tail(1)]);
    expect(JSON.parse(vite.tail(1))).toEqual({ id, data: { n: 1 } });
    expect(await host.end('SIGTERM')).toEqual({ code: 0, signal: null });
  });

  it('publish from the default application of the Nest CLI, CommonJS beside Express', async () => {
    const schematic = ['--name=host', '--type=cjs', '--language=ts', '--observe=false', '--no-debug', '--no-dry-run'];
    await project.tool('@angular-devkit/schematics-cli/bin/schematics.js', [SCHEMATIC, ...schematic]);
    await project.write({
      'host/src/app.controller.ts': EXPRESS_CONTROLLER,
      'host/src/app.module.ts': EXPRESS_MODULE,
    });
    // Its own configuration, without the types of its test runner.
    const strict =
      '{ "extends": "./tsconfig.build.json", "compilerOptions": { "types": ["node"], "skipLibCheck": false } }';
    await project.write({ 'host/tsconfig.strict.json': strict });
    await project.tool('@nestjs/cli/bin/nest.js', ['build', '--path', 'tsconfig.strict.json'], 'host');
    const port = await freePort();
    const host = start('host', 'dist/main.js', { PORT: String(port) });
    const url = `http://127.0.0.1:${port}`;
    await answering(host, url);
    expect(await (await fetch(url)).text()).toBe('Hello World!');
    const published = await fetch(`${url}/greetings/ben`, { method: 'POST' });
    expect(await published.json()).toMatchObject({ state: 'accepted', targets: [{ topic: 'user:ben' }] });
    expect((await fetch(`${url}/v1/notifications`, { method: 'POST' })).status).toBe(404);
  });

  it('build and serve the example repository of a team, and pass its tests', async () => {
    await cp(join(ROOT, 'examples/acme'), join(project.folder, 'acme'), { recursive: true });
    const config = ['-p', '.', '--skipLibCheck', 'false'];
    expect(await project.tool('typescript/bin/tsc', config, 'acme')).toBe('');
    const acme = { ACME_REDIS_URL: redis.url, ACME_TOKEN_SECRET: 'secret-of-acme' };
    const tests = Child.spawn(process.execPath, ['--test', 'dist/'], {
      cwd: join(project.folder, 'acme'),
      env: { PATH: process.env['PATH'], ...acme },
    });
    children.push(tests);
    const exit = await tests.exited;
    expect([exit.code, exit.code === 0 ? '' : tests.tail(80)]).toEqual([0, '']);

    const port = await freePort();
    const node = start('acme', 'dist/main.js', { ...acme, PORT: String(port) });
    await answering(node, `http://127.0.0.1:${port}/health/ready`);
    const ready = await fetch(`http://127.0.0.1:${port}/health/ready`);
    expect(await ready.text()).toContain('"erp"');
    expect(await node.end('SIGTERM')).toEqual({ code: 0, signal: null });
  });
});

interface Manifest {
  dependencies: Record<string, string>;
  peerDependencies: Record<string, string>;
}

/** Packages that declarations import, with all that they import in turn. */
async function packagesOf(files: readonly string[], seen = new Set<string>()): Promise<Set<string>> {
  const packages = new Set<string>();
  for (const file of files.filter((path) => !seen.has(path))) {
    seen.add(file);
    const text = await readFile(file, 'utf8');
    const names = [...text.matchAll(/(?:from|import)\s*\(?'([^']+)'/g)].map(([, name = '']) => name);
    for (const name of names.filter((name) => !name.startsWith('.'))) {
      packages.add(
        name
          .split('/')
          .slice(0, name.startsWith('@') ? 2 : 1)
          .join('/'),
      );
    }
    const own = names.filter((name) => name.startsWith('.')).map((name) => join(dirname(file), name));
    for (const name of await packagesOf(
      own.map((path) => path.replace(/js$/, 'd.ts')),
      seen,
    ))
      packages.add(name);
  }
  return packages;
}
