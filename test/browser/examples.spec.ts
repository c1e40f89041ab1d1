import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { BrowserRig } from '../support/browser-rig.js';
import { pageAudit } from '../support/page-audit.js';
import { PageServer } from '../support/page-server.js';
import { PostriderRig } from '../support/postrider-rig.js';
import type { Page as List, SessionInfo } from '../support/rest-types.js';
import { expectSoon, until } from '../support/wait.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const run = promisify(execFile);

let rig: PostriderRig;
let browser: BrowserRig;
let folder: string;
const sites = new Map<string, PageServer>();

/**
 * Builds the React example as its README says. In development, StrictMode mounts everything twice.
 */
async function buildReact(mode: string): Promise<string> {
  const out = join(folder, mode);
  const args = ['node_modules/vite/bin/vite.js', 'build', 'examples/react', '--outDir', out, '--mode', mode];
  await run(process.execPath, args, { cwd: ROOT, env: { ...process.env, NODE_ENV: mode } });
  return out;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postrider-examples-'));
  sites.set('html', await PageServer.start(join(ROOT, 'examples/html')));
  for (const mode of ['production', 'development']) sites.set(mode, await PageServer.start(await buildReact(mode)));
  const origins = [...sites.values()].map(({ origin }) => origin).join(',');
  [rig, browser] = await Promise.all([PostriderRig.start({ env: { WS_ORIGINS: origins } }), BrowserRig.start()]);
});

afterAll(async () => {
  await browser?.close();
  await rig?.close();
  for (const site of sites.values()) await site.close();
  await rm(folder, { recursive: true, force: true });
});

const linkTo = async (site: string, user: string): Promise<string> => {
  const link = { token: await rig.tokens.sign(user), server: rig.server().url };
  return `${sites.get(site)?.origin}/#${new URLSearchParams(link)}`;
};

const open = async (site: string, user: string): Promise<Page> => browser.open(await linkTo(site, user));

const expectGoodPage = async (page: Page): Promise<void> => {
  await page.setViewportSize({ width: 390, height: 800 });
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await expect(pageAudit.faint(page)).resolves.toEqual([]);
  }
  await expect(pageAudit.unnamed(page)).resolves.toEqual([]);
  await expect(pageAudit.overflow(page)).resolves.toBe(0);
};

const send = async (to: { user: string } | { topic: string }, text: string): Promise<string> =>
  (await rig.rest().notify({ to, type: 'greeting', data: { text } })).id;

const isAcknowledged = async (id: string): Promise<boolean> => (await rig.rest().status(id)).state === 'acknowledged';

const openSessionsOf = async (user: string): Promise<number> => {
  const { body } = await rig.rest().get<List<SessionInfo>>(`/v1/users/${user}/sessions`);
  return body.items.filter(({ state }) => state === 'open').length;
};

describe('examples/html', () => {
  it('shows and acknowledges notifications', async () => {
    const page = await open('html', 'ada');
    await page.locator('#state', { hasText: 'open' }).waitFor();
    const id = await send({ user: 'ada' }, 'Hello');
    await page.locator('li', { hasText: 'greeting: Hello' }).waitFor();
    await until(() => isAcknowledged(id));
    await expectGoodPage(page);
    expect(browser.complaints).toEqual([]);
    await page.close();
  });
});

describe.each(['production', 'development'])('examples/react, built for %s', (mode) => {
  const user = `user.${mode}`;

  it('shows and acknowledges notifications, and marks those that are read', async () => {
    const page = await open(mode, user);
    await page.getByRole('status').filter({ hasText: 'Live' }).waitFor();
    const id = await send({ user }, 'Hello');
    const item = page.locator('li', { hasText: 'Hello' });
    await item.waitFor();
    await page.getByText('1 unread').waitFor();
    await until(() => isAcknowledged(id));
    await item.getByRole('button', { name: 'Mark as read' }).click();
    await page.getByText('0 unread').waitFor();
    await expectSoon(() => expect(page.locator('li').count()).resolves.toBe(1));
    await send({ user }, 'Another, longer one: '.repeat(8));
    await page.getByText('1 unread').waitFor();
    await expectGoodPage(page);
    await page.close();
  });

  it('shows them in every tab', async () => {
    const profile = await browser.profile();
    const tabs = [await profile.newPage(), await profile.newPage()];
    const link = await linkTo(mode, `${user}.5`);
    for (const tab of tabs) {
      await tab.goto(link);
      await tab.getByRole('status').filter({ hasText: 'Live' }).waitFor();
    }
    await send({ user: `${user}.5` }, 'To both');
    for (const tab of tabs) await tab.locator('li', { hasText: 'To both' }).waitFor();
    expect(await openSessionsOf(`${user}.5`)).toBe(2);
    await profile.close();
  });

  it('shows notifications of its topic', async () => {
    const page = await open(mode, `${user}.2`);
    await until(async () => (await rig.rest().get('/v1/topics/public.news/presence')).status === 200);
    const subscribed = async (): Promise<boolean> => {
      const { body } = await rig.rest().get<{ users: string[] }>('/v1/topics/public.news/presence');
      return body.users.includes(`${user}.2`);
    };
    await until(subscribed);
    await send({ topic: 'public.news' }, 'News for all');
    await page.locator('li', { hasText: 'News for all' }).waitFor();
    await expectSoon(() => expect(page.getByRole('alert').count()).resolves.toBe(0));
    await page.close();
  });

  it('shows each notification once, even after a reload', async () => {
    const reader = `${user}.3`;
    const page = await open(mode, reader);
    await page.getByRole('status').filter({ hasText: 'Live' }).waitFor();
    const id = await send({ user: reader }, 'Before');
    await page.locator('li', { hasText: 'Before' }).waitFor();
    await until(() => isAcknowledged(id));
    await page.reload();
    await send({ user: reader }, 'After');
    await page.locator('li', { hasText: 'After' }).waitFor();
    await expectSoon(() => expect(page.locator('li').count()).resolves.toBe(1));
    await page.close();
  });

  it('is connected once while it is shown, and not at all otherwise', async () => {
    const page = await open(mode, `${user}.4`);
    await page.getByRole('status').filter({ hasText: 'Live' }).waitFor();
    await until(async () => (await openSessionsOf(`${user}.4`)) === 1);
    await page.getByRole('button', { name: 'Hide notifications' }).click();
    await until(async () => (await openSessionsOf(`${user}.4`)) === 0);
    await page.getByRole('button', { name: 'Show notifications' }).click();
    await page.getByRole('status').filter({ hasText: 'Live' }).waitFor();
    await until(async () => (await openSessionsOf(`${user}.4`)) === 1);
    expect(browser.complaints).toEqual([]);
    await page.close();
  });
});
