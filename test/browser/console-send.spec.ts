import { describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { openConsole, startConsoleRig } from '../support/console-page.js';
import { useBrowser } from '../support/use-browser.js';
import { expectSoon } from '../support/wait.js';

describe('sending from the console', () => {
  const stage = useBrowser(startConsoleRig);
  let page: Page;

  const button = (name: string) => page.getByRole('button', { name, exact: true });
  const open = async (): Promise<void> => {
    page = await openConsole(stage.browser, stage.rig.server().url, 'send');
  };
  const fill = async (fields: Record<string, string>): Promise<void> => {
    for (const [label, text] of Object.entries(fields)) await page.getByLabel(label, { exact: true }).fill(text);
  };

  it('shows the recipients, sends nothing until told so, and links to the notification', async () => {
    const claims = { topics: ['orders.*'] };
    const [here, there] = [await stage.rig.socket('alice', { claims }), await stage.rig.socket('bob', { claims })];
    for (const socket of [here, there]) await socket.request('subscribe', { topic: 'orders.eu' }, 1);
    await open();
    await page.getByLabel('To').selectOption('A topic');
    await fill({ Name: 'orders.eu', Type: 'order.shipped', 'Data, as JSON': '{"order": 4711}' });
    await page.getByText('More: expiry').click();
    await fill({ 'Expires after': '2', Metadata: 'source: console' });
    await button('Dry run').click();
    const dry = page.locator('.dry-run');
    await dry.getByText('2 sessions would get it, 2 of them now.').waitFor();
    for (const user of ['alice', 'bob']) await dry.getByRole('link', { name: user, exact: true }).waitFor();
    await expect(stage.rig.rest().get('/v1/topics/orders.eu')).resolves.toMatchObject({ body: { head: 0 } });
    await button('Send').click();
    const sent = page.locator('.sent');
    await sent.getByText('accepted').waitFor();
    expect(await here.notification('orders.eu')).toMatchObject({ type: 'order.shipped', data: { order: 4711 } });
    expect(await there.notification('orders.eu')).toMatchObject({ data: { order: 4711 } });
    const id = (await sent.getByRole('link').first().textContent()) ?? '';
    const { createdAt, expiresAt, metadata } = await stage.rig.rest().status(id);
    expect(Date.parse(expiresAt) - Date.parse(createdAt)).toBe(2 * 3_600_000);
    expect(metadata).toEqual({ source: 'console' });
    await sent.getByRole('link', { name: id }).click();
    await page.getByRole('heading', { name: id }).waitFor();
    here.cut();
    there.cut();
  });

  it('names the line with invalid JSON during typing', async () => {
    await open();
    await fill({ Name: 'nobody', Type: 'x', 'Data, as JSON': '{\n  "a": 1,\n  "b": }' });
    await page.locator('#send-data-note', { hasText: 'line 3, column 8' }).waitFor();
    await expectSoon(() => expect(page.getByLabel('Data, as JSON').getAttribute('aria-invalid')).resolves.toBe('true'));
    await button('Dry run').click();
    await expectSoon(() => expect(page.locator('.dry-run').count()).resolves.toBe(0));
    await fill({ 'Data, as JSON': '{ "b": 1 }' });
    await page.locator('#send-data-note .fault').waitFor({ state: 'detached' });
    await button('Dry run').click();
    await page.locator('.dry-run', { hasText: 'Nobody is subscribed yet; it waits for them.' }).waitFor();
  });

  it('sends and shows every digit of a number', async () => {
    await open();
    await fill({ Name: 'exact', Type: 'x', 'Data, as JSON': '{ "id": 12345678901234567890, "price": 1.10 }' });
    await button('Send').click();
    await page.locator('.sent').waitFor();
    await page.close();
    page = await openConsole(stage.browser, stage.rig.server().url, 'find/topic/user:exact');
    await expect(page.locator('summary').first().textContent()).resolves.toBe(
      '{"id":12345678901234567890,"price":1.10}',
    );
  });

  it('moves the focus to a missing field', async () => {
    await open();
    await button('Send').click();
    await page.locator('#send-to-note', { hasText: 'is required' }).waitFor();
    await page.locator('#send-type-note', { hasText: 'is required' }).waitFor();
    await page.locator('#send-to:focus').waitFor();
    await button('Clear').click();
    await expectSoon(() => expect(page.locator('.field .fault').count()).resolves.toBe(0));
  });

  it('shows a refusal of the server at its field', async () => {
    await open();
    await page.getByLabel('To').selectOption('Several topics');
    await fill({ Names: 'ok, not/a/topic', Type: 'x', 'Data, as JSON': 'null' });
    await page.getByText('More: expiry').click();
    await fill({ 'Collapse key': 'k'.repeat(300) });
    await button('Dry run').click();
    await page.locator('#send-to-note .fault', { hasText: 'to.topics' }).waitFor();
    await page.locator('#send-collapseKey-note .fault').waitFor();
    await page.locator('#send-to:focus').waitFor();
    expect(stage.browser.complaints.splice(0)).toEqual([expect.stringContaining('400')]);
  });

  it('makes one notification of a request that is repeated after a lost answer', async () => {
    await open();
    await fill({ Name: 'unlucky', Type: 'x', 'Data, as JSON': '1' });
    let lost = 0;
    await page.route('**/v1/notifications', async (route) => {
      await route.fetch();
      lost++;
      await route.abort();
    });
    await button('Send').click();
    await page.getByRole('alert').filter({ hasText: 'does not answer' }).waitFor();
    await page.unroute('**/v1/notifications');
    await button('Send').click();
    await page.locator('.sent').waitFor();
    expect(lost).toBe(1);
    await expect(stage.rig.rest().get('/v1/topics/user:unlucky')).resolves.toMatchObject({ body: { head: 1 } });
    stage.browser.complaints.splice(0);
  });
});
