import { describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { makeDeadLetters, openConsole, startConsoleRig } from '../support/console-page.js';
import { useBrowser } from '../support/use-browser.js';
import { expectSoon, until } from '../support/wait.js';

describe('the live view of the console', () => {
  const stage = useBrowser(() => startConsoleRig({ nodes: 2, redis: { appendOnly: true } }));
  let page: Page;

  const figure = async (name: string): Promise<string> =>
    (await page.locator(`[data-figure=${name}] .tile-value`).textContent()) ?? '';
  const node = (name: string) => page.getByRole('region', { name: 'Nodes' }).locator('tr', { hasText: name });

  it('shows nodes, Redis, queues and books', async () => {
    page = await openConsole(stage.browser, stage.rig.server().url);
    for (const name of ['node-0', 'node-1']) {
      await node(name).getByText('up', { exact: true }).waitFor();
      await expectSoon(() => expect(node(name).textContent()).resolves.toContain('api, gateway, worker'));
      await node(name)
        .getByText(/^\d+ %$/)
        .waitFor();
    }
    await page.locator('.card', { hasText: 'Append-only file' }).getByText('standalone').waitFor();
    for (const queue of ['guard', 'release', 'sweep'])
      await page.getByRole('region', { name: 'Queues' }).getByText(queue).waitFor();
    await page.getByText('balanced', { exact: true }).waitFor();
    await expectSoon(() => expect(page.locator('.chart canvas').count()).resolves.toBe(4));
  });

  it('updates by itself when notifications are sent, acknowledged and given up', async () => {
    page = await openConsole(stage.browser, stage.rig.server().url);
    await until(async () => (await figure('connections')) === '1', { what: 'only the console is connected' });
    expect([await figure('accepted'), await figure('p50'), await figure('dead')]).toEqual(['0 /s', '–', '0']);
    await expectSoon(() =>
      expect(page.locator('[data-figure=oldest]').textContent()).resolves.toContain('nothing waits'),
    );
    const client = stage.rig.client('alice');
    await client.open();
    await until(async () => (await figure('connections')) === '2');
    for (let n = 0; n < 20; n++) await stage.rig.rest().notify({ to: { user: 'alice' }, type: 'x', data: n });
    await until(async () => (await figure('accepted')) !== '0 /s', { what: 'a rate' });
    expect(Number.parseFloat(await figure('accepted'))).toBeLessThanOrEqual(20);
    await until(async () => /^[\d.]+ m?s$/.test(await figure('p50')), { what: 'a time to ack' });
    await stage.rig.rest().notify({ to: { user: 'nobody' }, type: 'x', data: 1 });
    await page.locator('[data-figure=oldest]', { hasText: 'waits for its ack' }).waitFor();
    await makeDeadLetters(stage.rig, 'refuser', 3);
    await until(async () => (await figure('dead')) === '3');
    client.close();
  });

  it('shows the past when it is opened, with a crosshair', async () => {
    page = await openConsole(stage.browser, stage.rig.server().url);
    const chart = page.locator('.chart').first();
    await until(async () => (await chart.locator('.u-legend .u-value').allTextContents())[1]?.match(/^\d/), {
      timeoutMs: 30_000,
      what: 'a figure in the legend',
    });
    const box = await chart.locator('.u-over').boundingBox();
    if (!box) throw new Error('no chart');
    await page.mouse.move(box.x + box.width - 2, box.y + 20);
    await until(async () => /^\d\d:\d\d:\d\d$/.test((await chart.locator('.u-value').first().textContent()) ?? ''));
    // All charts show the same moment.
    const moments = await page.locator('.chart .u-series:first-child .u-value').allTextContents();
    expect(new Set(moments).size).toBe(1);
  });

  it('shows a silent node as gone', async () => {
    page = await openConsole(stage.browser, stage.rig.server().url);
    await node('node-1').getByText('up', { exact: true }).waitFor();
    await stage.rig.server(1).kill();
    await node('node-1').getByText('gone', { exact: true }).waitFor();
    await expectSoon(() =>
      expect(page.locator('[data-figure=connections]').textContent()).resolves.toContain('on 1 node'),
    );
    await node('node-0').getByText('up', { exact: true }).waitFor();
    await stage.rig.server(1).restart();
    await node('node-1').getByText('up', { exact: true }).waitFor();
  });

  it('says when the server has lost its Redis, and continues afterwards', async () => {
    page = await openConsole(stage.browser, stage.rig.server().url, 'find/topic/orders.eu');
    await page.getByText('No such topic').waitFor();
    await stage.rig.redis.kill();
    await page.getByRole('link', { name: 'Dead letters' }).click();
    await page.getByText('Redis is unreachable').waitFor();
    await stage.rig.redis.restart();
    await until(async () => (await fetch(`${stage.rig.server().url}/health/ready`)).ok, { timeoutMs: 30_000 });
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('region', { name: 'List' }).waitFor();
    await page.getByRole('link', { name: 'Now' }).click();
    await node('node-0').getByText('up', { exact: true }).waitFor();
    // The browser itself logs each 404 and 503.
    const complaints = stage.browser.complaints.splice(0);
    expect(complaints.filter((text) => !/404|503/.test(text))).toEqual([]);
  });

  it('says that the connection is lost when the server is gone, and continues when it is back', async () => {
    page = await openConsole(stage.browser, stage.rig.server().url);
    await node('node-0').getByText('up', { exact: true }).waitFor();
    await stage.rig.server().kill();
    await page.locator('.live[data-live=waiting]', { hasText: 'again in' }).waitFor();
    await page.getByRole('link', { name: 'Dead letters' }).click();
    await page.getByText('No connection to the server').waitFor();
    await page.getByRole('link', { name: 'Now' }).click();
    await page.getByText(/^Not connected: this is as of \d/).waitFor();
    await expectSoon(() =>
      expect(page.locator('[data-figure=connections]').textContent()).resolves.toContain('on 2 nodes'),
    );
    await page.getByRole('link', { name: 'Dead letters' }).click();
    await page.getByText('No connection to the server').waitFor();
    await page.getByRole('button', { name: 'Reconnect' }).click();
    await stage.rig.server().restart();
    await page.locator('.live[data-live=open]').waitFor();
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('region', { name: 'List' }).waitFor();
    await page.getByRole('link', { name: 'Now' }).click();
    await node('node-0').getByText('up', { exact: true }).waitFor();
    await expectSoon(() => expect(page.getByRole('alert').count()).resolves.toBe(0));
    // The browser complained about calls while the server was down.
    stage.browser.complaints.splice(0);
  });
});
