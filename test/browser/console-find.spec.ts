import { describe, expect, it } from '@jest/globals';
import type { Locator, Page } from 'playwright-core';
import { openConsole, startConsoleRig } from '../support/console-page.js';
import { useBrowser } from '../support/use-browser.js';
import { expectSoon, until } from '../support/wait.js';

describe('the search of the console', () => {
  // The browser itself logs each 404 of a search.
  const stage = useBrowser(startConsoleRig, { ignoring: '404' });
  let page: Page;

  const region = (name: string): Locator => page.getByRole('region', { name });
  const find = async (text: string): Promise<void> => {
    await page.getByRole('searchbox').fill(text);
    await page.getByRole('searchbox').press('Enter');
  };
  const confirm = async (action: string): Promise<void> => {
    await page.getByRole('dialog').getByRole('button', { name: action, exact: true }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  };

  it('shows a notification: its state, its acknowledgments and who is missing', async () => {
    const reader = stage.rig.client('reader');
    await reader.open();
    const mute = await stage.rig.socket('mute');
    await mute.subscribed('user:mute');
    const body = { to: { users: ['reader', 'mute'] }, type: 'bill', data: { n: 1 }, metadata: { order: '4711' } };
    const { id } = await stage.rig.rest().notify(body);
    await until(async () => (await stage.rig.rest().status(id)).recipients.acked === 1);
    page = await openConsole(stage.browser, stage.rig.server().url, 'find');
    await find(id);
    await page.getByRole('heading', { name: id }).getByText('accepted').waitFor();
    await expect(page.evaluate(() => getSelection()?.toString())).resolves.toBe(id);
    await page.getByText('2: 1 acked, 1 pending').waitFor();
    await page.getByText('4711').waitFor();
    await expectSoon(() => expect(region('Targets').locator('tbody tr').count()).resolves.toBe(2));
    await page.locator('.timeline').getByText('acknowledged').waitFor();
    await expectSoon(() => expect(region('Receipts').locator('tbody tr').count()).resolves.toBe(2));
    await page.getByLabel('Show', { exact: true }).selectOption({ label: 'missing (1)' });
    await until(async () => (await region('Receipts').locator('tbody tr').count()) === 1);
    await region('Receipts').getByRole('link', { name: 'mute', exact: true }).click();
    await page.getByRole('heading', { name: 'Sessions of mute' }).waitFor();
    reader.close();
    mute.cut();
  });

  it('cancels a notification after a confirmation, and says if it is too late', async () => {
    const to = { user: 'nobody' };
    const { id } = await stage.rig.rest().notify({ to, type: 'bill', data: 1 });
    page = await openConsole(stage.browser, stage.rig.server().url, `find/notification/${id}`);
    const cancel = page.getByRole('button', { name: 'Cancel…' });
    await cancel.click();
    await confirm('Keep as it is');
    await expect(stage.rig.rest().status(id)).resolves.toMatchObject({ state: 'accepted' });
    await cancel.click();
    await confirm('Cancel the notification');
    await page.getByRole('heading', { name: id }).getByText('cancelled').waitFor();
    await page.locator('.toast', { hasText: 'Cancelled 1 delivery' }).waitFor();
    await expect(stage.rig.rest().status(id)).resolves.toMatchObject({ state: 'cancelled' });
    await expectSoon(() => expect(cancel.count()).resolves.toBe(0));

    const late = await stage.rig.rest().notify({ to, type: 'bill', data: 2 });
    await find(late.id);
    await page.getByRole('heading', { name: late.id }).waitFor();
    stage.browser.complaints.splice(0);
    await stage.rig.rest().delete(`/v1/notifications/${late.id}`);
    await cancel.click();
    await confirm('Cancel the notification');
    await page.getByRole('alert').filter({ hasText: 'Too late' }).waitFor();
    await page.getByRole('heading', { name: late.id }).getByText('cancelled').waitFor();
    expect(stage.browser.complaints.splice(0)).toEqual([expect.stringContaining('409')]);
  });

  it('shows a user: sessions and waiting notifications, and ends one session or all', async () => {
    const claims = { topics: ['orders.*'] };
    const sockets = [
      await stage.rig.socket('bob', { claims }),
      await stage.rig.socket('bob'),
      await stage.rig.socket('bob'),
    ];
    for (const socket of sockets) await socket.subscribed('user:bob');
    await sockets[0]?.request('subscribe', { topic: 'orders.eu' }, 1);
    const session = (await sockets[0]?.welcome())?.session ?? '';
    const { id } = await stage.rig.rest().notify({ to: { user: 'bob' }, type: 'bill', data: 1 });
    page = await openConsole(stage.browser, stage.rig.server().url, 'find');
    await find('bob');
    const rows = region('Sessions').locator('tbody tr');
    await until(async () => (await rows.count()) === 3);
    const row = rows.filter({ hasText: session });
    await row.getByText('open', { exact: true }).waitFor();
    await row.getByText('node-0').waitFor();
    await row.getByRole('link', { name: 'orders.eu' }).waitFor();
    await region('Waiting for an ack').getByRole('link', { name: id }).waitFor();
    await row.getByRole('button', { name: `Disconnect… ${session}` }).click();
    await confirm('Disconnect');
    await expect(sockets[0]?.closed).resolves.toMatchObject({ code: 4500 });
    await until(async () => (await rows.count()) === 2);
    await page.getByRole('button', { name: 'Disconnect all…' }).click();
    await confirm('Disconnect 2');
    for (const socket of sockets.slice(1)) await expect(socket.closed).resolves.toMatchObject({ code: 4500 });
    await page.getByText('No session', { exact: true }).waitFor();
  });

  it('shows a session that can be resumed as suspended', async () => {
    const socket = await stage.rig.socket('carol');
    await socket.subscribed('user:carol');
    socket.cut();
    page = await openConsole(stage.browser, stage.rig.server().url, 'find/user/carol');
    await until(async () => {
      await page.getByRole('button', { name: 'Refresh' }).first().click();
      return (await region('Sessions').getByText('suspended').count()) === 1;
    });
    await region('Sessions').getByText('can be resumed until').waitFor();
  });

  it('shows a topic: its head, its presence, and its history with gaps', async () => {
    const topic = 'orders.eu';
    const socket = await stage.rig.socket('dora', { claims: { topics: ['orders.*'] } });
    await socket.request('subscribe', { topic }, 1);
    const ids: string[] = [];
    for (let n = 1; n <= 60; n++)
      ids.push((await stage.rig.rest().notify({ to: { topic }, type: 'order', data: { n } })).id);
    await stage.rig.rest().delete(`/v1/notifications/${ids[57]}`);
    page = await openConsole(stage.browser, stage.rig.server().url, 'find');
    await find(topic);
    await page.getByRole('heading', { name: topic }).waitFor();
    const facts = page.locator('.facts').first();
    await facts.locator('div', { hasText: 'Head' }).getByText('60').waitFor();
    await facts.locator('div', { hasText: 'Online' }).getByText('1').waitFor();
    await page.getByRole('link', { name: 'dora' }).waitFor();
    const rows = region('History').locator('tbody tr');
    await until(async () => (await rows.count()) === 50);
    await expectSoon(() => expect(rows.first().locator('td').first().textContent()).resolves.toBe('11'));
    await rows.filter({ hasText: 'gap: cancelled' }).waitFor();
    await page.getByRole('button', { name: 'Oldest' }).click();
    await rows.first().getByText('1', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Show more' }).click();
    await until(async () => (await rows.count()) === 60);
    await rows.last().locator('summary').click();
    await rows.last().locator('pre', { hasText: '"n": 60' }).waitFor();
    await rows.last().getByRole('link').click();
    await page.getByRole('heading', { name: ids[59] }).waitFor();
    socket.cut();
  });

  it('asks which one is meant if several have a name, and says if none has it', async () => {
    await stage.rig.rest().notify({ to: { user: 'twin' }, type: 'x', data: 1 });
    await stage.rig.rest().notify({ to: { topic: 'twin' }, type: 'x', data: 1 });
    page = await openConsole(stage.browser, stage.rig.server().url, 'find');
    await find('twin');
    await page.getByRole('heading', { name: '2 matches for this name' }).waitFor();
    await page.getByRole('link', { name: 'user twin' }).click();
    await page.getByRole('heading', { name: 'Sessions of twin' }).waitFor();
    await find('no such thing');
    await page.getByText('No match for “no such thing”').waitFor();
    expect(new URL(page.url()).hash).toBe('#/find?q=no+such+thing');
    stage.browser.complaints.splice(0);
  });

  it('searches the selected app and keeps the selection', async () => {
    const { id } = await stage.rig
      .rest(0, stage.rig.foreignKey)
      .notify({ to: { user: 'alice' }, type: 'foreign', data: 1 });
    page = await openConsole(stage.browser, stage.rig.server().url, `find/notification/${id}`);
    await page.getByText('No such notification').waitFor();
    await page.getByLabel('App', { exact: true }).selectOption('foreign');
    await page.getByRole('heading', { name: id }).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: id }).waitFor();
    await expectSoon(() => expect(page.getByLabel('App', { exact: true }).inputValue()).resolves.toBe('foreign'));
  });
});
