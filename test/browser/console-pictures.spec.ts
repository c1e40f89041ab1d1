import { mkdir, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { BrowserRig } from '../support/browser-rig.js';
import { makeDeadLetters, openConsole, startConsoleRig } from '../support/console-page.js';
import { inventPast } from '../support/console-past.js';
import { PHONE } from '../support/demo-page.js';
import type { PostriderRig } from '../support/postrider-rig.js';
import { until } from '../support/wait.js';

const DOCS = fileURLToPath(new URL('../../docs/screenshots/', import.meta.url));
const MAX_BYTES = 200_000;
const NODES = ['push-1', 'push-2'];
const WIDE = { viewport: { width: 1280, height: 860 } };
const ALL = ['now', 'notification', 'user', 'topic', 'dead-letters', 'send', 'queues'];
const SHAPES: readonly [name: string, views: readonly string[], options: BrowserContextOptions][] = [
  ['desktop', ALL, { ...WIDE, colorScheme: 'light' }],
  ['dark', ['now', 'dead-letters'], { ...WIDE, colorScheme: 'dark' }],
  ['phone', ['now', 'notification', 'send'], { ...PHONE, colorScheme: 'light' }],
];

/** Pictures of docs/console.md, which are only saved with `UPDATE_DOCS=1`. */
describe('pictures of the console', () => {
  let rig: PostriderRig;
  let browser: BrowserRig;
  let folder: string;
  let id: string;
  let load: NodeJS.Timeout;

  beforeAll(async () => {
    folder = process.env['UPDATE_DOCS'] ? DOCS : join(tmpdir(), `postrider-pictures-${process.pid}`);
    await mkdir(folder, { recursive: true });
    const env = { SAMPLE_MS: '0' };
    [rig, browser] = await Promise.all([startConsoleRig({ env }), BrowserRig.start()]);
    await inventPast(rig, NODES);
    // New processes, whose own counters do not contradict the invented samples.
    const first = rig.servers.splice(0);
    await Promise.all(NODES.map((name) => rig.addServer(name, { SAMPLE_MS: '5000' })));
    for (const server of first) await server.stop();
    await populate();
    let sent = 0;
    const send = (): void =>
      void rig
        .rest(sent++ % 2)
        .notify({ to: { user: 'maya' }, type: 'tick', data: sent })
        .catch(() => undefined);
    load = setInterval(send, 50);
  });

  afterAll(async () => {
    clearInterval(load);
    await browser?.close();
    await rig?.close();
  });

  const populate = async (): Promise<void> => {
    const claims = { topics: ['orders.*'] };
    for (const name of ['maya', 'jonas', 'lea', 'noor', 'tom', 'ines']) {
      await rig.client(name, { claims, topics: ['orders.eu'], node: name.length % 2 }).open();
    }
    const mute = await rig.socket('wall-display', { claims });
    await mute.request('subscribe', { topic: 'orders.eu' }, 1);
    for (const order of [4709, 4710]) {
      const body = {
        to: { topic: 'orders.eu' },
        type: 'order.packed',
        data: { order, carrier: 'DHL' },
        ack: 'all',
      } as const;
      await rig.rest().notify(body);
    }
    const metadata = { source: 'shop', trace: '8f2c' };
    const data = { order: 4711, carrier: 'DHL', parcels: 2 };
    const accepted = await rig
      .rest()
      .notify({ to: { topic: 'orders.eu' }, type: 'order.shipped', data, ack: 'all', metadata });
    ({ id } = accepted);
    await until(async () => (await rig.rest().status(id)).recipients.acked >= 6);
    await rig.rest().notify({ to: { user: 'wall-display' }, type: 'layout.changed', data: { columns: 3 } });
    await makeDeadLetters(rig, 'legacy-app', 6, {
      type: 'invoice.created',
      data: (n) => ({ invoice: 9_100 + n, total: 49.9 }),
    });
    await makeDeadLetters(rig, 'till-3', 4, { type: 'price.changed', data: (n) => ({ sku: `A-${n}` }) });
  };

  const VIEWS: readonly [name: string, place: () => string, ready: string, act: (page: Page) => Promise<void>][] = [
    ['now', () => 'now', '.chart canvas', showLoad],
    ['notification', () => `find/notification/${id}`, '.timeline li', settle],
    ['user', () => 'find/user/wall-display', '[aria-label="Waiting for an ack"] tbody tr', settle],
    ['topic', () => 'find/topic/orders.eu', '[aria-label=History] tbody tr', settle],
    ['dead-letters', () => 'dead-letters', '.letters tbody tr', selectSome],
    ['send', () => 'send', '#send-data', dryRun],
    ['queues', () => 'queues', '[aria-label=Queues] tbody tr', showBoard],
  ];

  describe.each(SHAPES)('%s', (shape, views, options) => {
    let page: Page;

    beforeAll(async () => {
      page = await openConsole(browser, rig.server().url, 'now', options);
    });

    afterAll(() => page?.close());

    it.each(VIEWS.filter(([name]) => views.includes(name)))('%s', async (name, place, ready, act) => {
      await page.evaluate((hash) => (location.hash = hash), `/${place()}`);
      await page.locator('main').locator(ready).first().waitFor();
      await until(async () => (await page.locator('main .loading').count()) === 0);
      await act(page);
      const path = join(folder, `console-${name}-${shape}.png`);
      await page.mouse.move(0, 0);
      await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
      await page.evaluate(() => scrollTo(0, 0));
      // As high as its content, because some bars stay in place on scrolling.
      const height = await page.evaluate(() => document.documentElement.scrollHeight);
      await page.setViewportSize({ width: options.viewport?.width ?? 0, height });
      await page.screenshot({ path, animations: 'disabled', caret: 'hide' });
      await page.setViewportSize(options.viewport ?? { width: 0, height: 0 });
      expect((await stat(path)).size).toBeLessThan(MAX_BYTES);
    });
  });
});

async function settle(): Promise<void> {
  // This view needs no preparation.
}

/** Waits until the page only shows the nodes and their load. */
async function showLoad(page: Page): Promise<void> {
  await page.locator('[data-figure=dead]', { hasText: '10' }).waitFor();
  await page
    .getByRole('region', { name: 'Nodes' })
    .getByText(/^\d+ %$/)
    .nth(1)
    .waitFor();
  const accepted = page.locator('[data-figure=accepted] .tile-value');
  const rate = async (): Promise<number> => Number.parseFloat((await accepted.textContent()) ?? '');
  await until(async () => (await rate()) > 0 && (await rate()) < 25, {
    timeoutMs: 60_000,
    everyMs: 200,
    what: 'a steady load',
  });
}

async function showBoard(page: Page): Promise<void> {
  const board = page.frameLocator('iframe');
  await board.getByText('guard', { exact: true }).first().waitFor();
  await board.getByText('Loading').waitFor({ state: 'detached' });
}

async function selectSome(page: Page): Promise<void> {
  for (const offset of [2, 3, 4]) await page.getByRole('checkbox', { name: `Select user:till-3 ${offset}` }).check();
}

async function dryRun(page: Page): Promise<void> {
  await page.getByLabel('To').selectOption('A topic');
  await page.getByLabel('Name', { exact: true }).fill('orders.eu');
  await page.getByLabel('Type', { exact: true }).fill('order.shipped');
  await page.getByLabel('Data, as JSON').fill('{\n  "order": 4712,\n  "carrier": "DHL",\n  "parcels": 1\n}');
  await page.getByRole('button', { name: 'Dry run' }).click();
  await page.locator('.dry-run').waitFor();
}
