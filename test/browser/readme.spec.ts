import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { BrowserRig } from '../support/browser-rig.js';
import { Child } from '../support/child-process.js';
import { FrameSocket } from '../support/frame-socket.js';
import { freePort } from '../support/free-port.js';
import { PageServer } from '../support/page-server.js';
import type { Accepted, Page as List, Receipt } from '../support/rest-types.js';
import { StartRig, type Told } from '../support/start-rig.js';
import { until } from '../support/wait.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const HEADING = '## Five-minute start';
const run = promisify(execFile);

interface Block {
  /** Text after the fence: a language, and a file name. */
  info: string;
  text: string;
}

/** Returns the code blocks of the section, in order. */
async function blocksOfReadme(): Promise<Block[]> {
  const text = await readFile(join(ROOT, 'README.md'), 'utf8');
  const [, section = ''] = text.split(HEADING);
  const [own = ''] = section.split(/^## /m);
  return [...own.matchAll(/^```(.+)\n([^]*?)^```$/gm)].map(([, info = '', text = '']) => ({ info, text }));
}

/** Follows the section step by step, as on a new machine. */
describe("the README's first five minutes", () => {
  let rig: StartRig;
  let server: Child;
  let site: Child | undefined;
  let browser: BrowserRig;
  let told: Told;
  let page: Page;
  let folder: string;
  let app: string;
  let sitePort: number;
  let ids: string[] = [];
  const blocks: Block[] = [];

  beforeAll(async () => {
    blocks.push(...(await blocksOfReadme()));
    [rig, sitePort, browser] = await Promise.all([StartRig.create(), freePort(), BrowserRig.start()]);
    folder = await mkdtemp(join(tmpdir(), 'postrider-readme-'));
    app = join(folder, 'app');
    await Promise.all([mkdir(app), symlink(ROOT, join(folder, 'postrider'))]);
  });

  afterAll(async () => {
    await browser?.close();
    await site?.end('SIGTERM');
    await server?.end('SIGINT');
    await rig?.remove();
    await rm(folder, { recursive: true, force: true });
  });

  /** Returns the next block, with the ports of this test and the values that the server printed. */
  const next = (info: string): string => {
    const block = blocks.shift();
    expect(block?.info).toBe(info);
    return (block?.text ?? '')
      .replaceAll('localhost:3000', `localhost:${rig.port}`)
      .replaceAll('localhost:8080', `localhost:${sitePort}`)
      .replaceAll(' 8080', ` ${sitePort}`)
      .replaceAll('<API key>', told?.apiKey)
      .replaceAll('<id>', ids.at(-1) ?? '');
  };

  const shell = async (command: string): Promise<string> => {
    const { PATH, HOME } = process.env;
    const env = { PATH, HOME, POSTRIDER_API_KEY: told.apiKey, npm_config_offline: 'true', npm_config_audit: 'false' };
    return (await run('sh', ['-ec', command], { cwd: app, env, timeout: 60_000 })).stdout;
  };

  const shows = (text: string): Promise<void> => page.locator('li', { hasText: text }).waitFor();

  it('starts a server', async () => {
    expect(next('sh')).toBe('npm start\n');
    server = rig.spawn();
    told = await rig.told(server);
    expect(told.token).not.toBe('');
  });

  it('opens a page that receives', async () => {
    await writeFile(join(app, 'index.html'), next('html index.html'));
    site = Child.spawn('sh', ['-c', `exec ${next('sh')}`], { cwd: app });
    await until(() => site?.lines.some((line) => line.includes(String(sitePort))));
    page = await browser.open(`http://localhost:${sitePort}/#token=${told.token}`);
    const sessions = `http://localhost:${rig.port}/v1/users/demo/sessions`;
    const headers = { authorization: `Bearer ${told.apiKey}` };
    await until(async () => {
      const { items } = (await (await fetch(sessions, { headers })).json()) as List<{ state: string }>;
      return items.some(({ state }) => state === 'open');
    });
    expect(browser.complaints.filter((text) => !text.includes('favicon') && !text.includes('404'))).toEqual([]);
  });

  it('sends by curl and looks up the receipts', async () => {
    ids = [(JSON.parse(await shell(next('sh'))) as Accepted).id];
    await shows('greeting: Hello');
    const lookUp = next('sh');
    const items = await until(async () => {
      const { items } = JSON.parse(await shell(lookUp)) as List<Receipt>;
      return items.some(({ state }) => state === 'acked') && items;
    });
    expect(items).toMatchObject([{ user: 'demo', state: 'acked' }]);
  });

  it('installs the packages and sends from a backend', async () => {
    await shell(next('sh'));
    await writeFile(join(app, 'send.mjs'), next('js send.mjs'));
    expect(await shell(next('sh'))).toMatch(/^\S+ acknowledged\n$/);
    await shows('order: is on its way');
    await page.close();
  });

  it('receives in React', async () => {
    const source = join(ROOT, '.cache', `readme-${process.pid}`);
    await mkdir(source, { recursive: true });
    try {
      await writeFile(join(source, 'notifications.tsx'), next('tsx notifications.tsx'));
      await writeFile(
        join(source, 'index.html'),
        '<div id="root"></div><script type="module" src="main.jsx"></script>',
      );
      await writeFile(
        join(source, 'main.jsx'),
        `import { createRoot } from 'react-dom/client';
        import { Notifications } from './notifications.tsx';
        const token = new URLSearchParams(location.hash.slice(1)).get('token');
        createRoot(document.getElementById('root')).render(<Notifications token={token} />);`,
      );
      const vite = join(ROOT, 'node_modules/vite/bin/vite.js');
      await run(process.execPath, [vite, 'build', source, '--outDir', join(source, 'dist')], { cwd: ROOT });
      await site?.end('SIGTERM');
      const built = await PageServer.start(join(source, 'dist'), sitePort);
      page = await browser.open(`http://localhost:${sitePort}/#token=${told.token}`);
      expect(await shell('node send.mjs')).toContain('acknowledged');
      await shows('order: is on its way');
      await page.close();
      await built.close();
    } finally {
      await rm(source, { recursive: true, force: true });
    }
  });

  it('signs the tokens of a second user by hand and by the backend', async () => {
    const { PATH } = process.env;
    const secret = (JSON.parse(await readFile(join(rig.dir, 'keys.json'), 'utf8')) as { jwtSecret: string }).jwtSecret;
    const byHand = await run('sh', ['-ec', next('sh')], { cwd: ROOT, env: { PATH, POSTRIDER_DATA_DIR: rig.dir } });
    const backendPort = await freePort();
    await writeFile(join(app, 'tokens.mjs'), next('js tokens.mjs').replaceAll('8081', String(backendPort)));
    const env = { PATH, JWT_SECRET: secret };
    const backend = Child.spawn(process.execPath, ['tokens.mjs'], { cwd: app, env });
    try {
      const ask = (headers: Record<string, string>): Promise<Response> =>
        fetch(`http://localhost:${backendPort}/my/push-token`, { headers });
      const byBackend = await until(async () => (await ask({ 'x-user': 'alice' })).text());
      expect((await ask({})).status).toBe(404);
      for (const token of [byHand.stdout.trim().split('\n').at(-1) ?? '', byBackend]) {
        const socket = await FrameSocket.open(`ws://localhost:${rig.port}/ws`, { token });
        expect((await socket.welcome()).user).toBe('alice');
        socket.cut();
      }
    } finally {
      await backend.end('SIGTERM');
    }
    expect(blocks).toEqual([]);
  });
});
