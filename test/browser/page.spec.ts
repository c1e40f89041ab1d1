import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Locator, Page } from 'playwright-core';
import { BrowserRig } from '../support/browser-rig.js';
import { PostriderRig } from '../support/postrider-rig.js';
import type { Page as List, Receipt } from '../support/rest-types.js';
import { expectSoon, until } from '../support/wait.js';

describe('the page', () => {
  let rig: PostriderRig;
  let browser: BrowserRig;

  beforeAll(async () => {
    [rig, browser] = await Promise.all([PostriderRig.start(), BrowserRig.start()]);
  });

  afterEach(() => {
    const { exit, log } = rig.server();
    if (exit) throw new Error(`the server ended with ${JSON.stringify(exit)}:\n${log.slice(-5).join('\n')}`);
  });

  afterAll(async () => {
    await browser?.close();
    await rig?.close();
  });

  /** Opens the page by the link of `npm start` and waits until it is connected. */
  const open = async (user: string): Promise<Page> => {
    const token = await rig.tokens.sign(user, { topics: ['*'] });
    const page = await browser.open(`${rig.server().url}/#token=${token}&key=${rig.apiKey}`);
    await isOpen(page);
    return page;
  };

  const expectToSee = (place: Locator): Promise<void> => place.waitFor();

  const isOpen = (page: Page): Promise<void> => expectToSee(page.locator('#state[data-state=open]'));

  const notify = async (user: string, text: string): Promise<string> => {
    const { id } = await rig.rest().notify({ to: { user }, type: 'greeting', data: { text } });
    return id;
  };

  const arrival = (page: Page, text: string) => page.locator('.arrival', { hasText: text });

  const receipts = async (id: string): Promise<Receipt[]> => {
    const { body } = await rig.rest().get<List<Receipt>>(`/v1/notifications/${id}/receipts`);
    return body.items;
  };

  it('connects with the token of its link and keeps it out of the address bar', async () => {
    const page = await open('ada');
    await expectSoon(() => expect(page.locator('#user').textContent()).resolves.toBe('ada'));
    await expectSoon(() => expect(page.locator('#node').textContent()).resolves.toBe('node-0'));
    await expectSoon(() => expect(page.locator('#session').textContent()).resolves.not.toBe('–'));
    await expectToSee(page.locator('.chips li', { hasText: 'user:ada' }));
    expect(new URL(page.url()).hash).toBe('');
    await page.close();
  });

  it('shows notifications and acknowledges them by hand', async () => {
    const page = await open('grace');
    const id = await notify('grace', 'by hand');
    const row = arrival(page, 'by hand');
    await expectToSee(row);
    await expectSoon(() => expect(row.locator('.topic').textContent()).resolves.toBe('user:grace'));
    await expectSoon(() => expect(row.locator('.offset').textContent()).resolves.toBe('offset 1'));
    await expect(receipts(id)).resolves.toMatchObject([{ user: 'grace', state: 'pending' }]);
    await row.getByRole('button', { name: 'Acknowledge' }).click();
    await expectToSee(page.locator('.arrival[data-mark=acked]'));
    await expect(receipts(id)).resolves.toMatchObject([{ user: 'grace', state: 'acked' }]);
    await page.close();
  });

  it('gets a nacked notification again', async () => {
    const page = await open('edsger');
    await notify('edsger', 'not now');
    await arrival(page, 'not now').getByRole('button', { name: 'Send back' }).click();
    await expectToSee(arrival(page, 'attempt 2'));
    await expectSoon(() => expect(page.locator('.arrival').count()).resolves.toBe(1));
    await page.close();
  });

  it('acknowledges by itself when asked to', async () => {
    const page = await open('alan');
    await page.getByLabel('Acknowledge automatically').check();
    const id = await notify('alan', 'by itself');
    await expectToSee(page.locator('.arrival[data-mark=acked]', { hasText: 'by itself' }));
    await expect(rig.rest().status(id)).resolves.toMatchObject({ state: 'acknowledged' });
    await page.close();
  });

  it('sends and shows the progress', async () => {
    const page = await open('barbara');
    await page.getByLabel('Name').fill('barbara');
    await page.getByLabel('Data').fill('{"text": "to myself"}');
    await page.getByRole('button', { name: 'Send', exact: true }).click();
    await expectToSee(page.locator('#sent', { hasText: '0 of 1 acknowledged' }));
    await arrival(page, 'to myself').getByRole('button', { name: 'Acknowledge' }).click();
    await expectToSee(page.locator('#sent', { hasText: '1 of 1 acknowledged' }));
    await page.close();
  });

  it('says what is wrong with its input', async () => {
    const page = await open('tony');
    await page.getByLabel('Name').fill('no such name');
    await page.getByRole('button', { name: 'Send', exact: true }).click();
    await expectToSee(page.locator('#send-answer[data-failed=true]', { hasText: 'to.user' }));
    await page.getByLabel('Data').fill('{');
    await page.getByRole('button', { name: 'Send', exact: true }).click();
    await expectToSee(page.locator('#send-answer', { hasText: 'not valid JSON' }));
    await page.close();
    // The browser itself logs the refusal.
    expect(browser.complaints.splice(0)).toEqual([expect.stringContaining('400')]);
  });

  it('subscribes to a topic', async () => {
    const page = await open('donald');
    await page.getByLabel('Subscribe to').fill('public.news');
    await page.getByRole('button', { name: 'Subscribe' }).click();
    await expectToSee(page.locator('.chips li', { hasText: 'public.news' }));
    await rig.rest().notify({ to: { topic: 'public.news' }, type: 'news', data: { text: 'to a topic' } });
    await expectToSee(arrival(page, 'to a topic'));
    await page.close();
  });

  it('resumes its session after a restart of the server', async () => {
    const page = await open('leslie');
    const session = await page.locator('#session').textContent();
    await notify('leslie', 'before');
    await expectToSee(arrival(page, 'before'));
    await rig.server().restart();
    await notify('leslie', 'after');
    await expectToSee(page.locator('#session[data-resumed=true]'));
    await expectSoon(() => expect(page.locator('#session').textContent()).resolves.toBe(`${session} (resumed)`));
    await expectToSee(arrival(page, 'after'));
    await page.close();
    // The browser complained about attempts to connect while the server was down.
    browser.complaints.splice(0);
  });

  it('resumes its session after a reload', async () => {
    const page = await open('john');
    const session = await page.locator('#session').textContent();
    await page.reload();
    await isOpen(page);
    await expectSoon(() => expect(page.locator('#session').textContent()).resolves.toBe(`${session} (resumed)`));
    await page.close();
  });

  it('lends a guest’s token and key to visitors without one', async () => {
    const page = await browser.open(`${rig.server().url}/#playground`);
    await page.getByRole('button', { name: 'Be a guest' }).click();
    await isOpen(page);
    await page.getByRole('button', { name: 'Send', exact: true }).click();
    await page.locator('.arrival').getByRole('button', { name: 'Acknowledge' }).click();
    await expectToSee(page.locator('#sent', { hasText: '1 of 1 acknowledged' }));
    await expectSoon(() => expect(page.locator('#user').textContent()).resolves.toMatch(/^guest-/));
    await page.close();
  });

  it('subscribes again after a reload', async () => {
    const page = await open('frances');
    await page.getByLabel('Subscribe to').fill('public.again');
    await page.getByRole('button', { name: 'Subscribe' }).click();
    await expectToSee(page.locator('.chips li', { hasText: 'public.again' }));
    await page.reload();
    await isOpen(page);
    await expectToSee(page.locator('.chips li', { hasText: 'public.again' }));
    await rig.rest().notify({ to: { topic: 'public.again' }, type: 'news', data: { text: 'after the reload' } });
    await expectToSee(arrival(page, 'after the reload'));
    await expectSoon(() => expect(page.locator('.arrival').count()).resolves.toBe(1));
    await page.close();
  });

  it('stays closed when an operator ends its session', async () => {
    const page = await open('niklaus');
    const session = await page.locator('#session').textContent();
    await rig.rest().delete(`/v1/sessions/${session}`);
    await expectToSee(page.locator('#state[data-state=closed]'));
    await page.close();
  });

  it('asks only its own server and never breaks its content policy', async () => {
    const page = await open('ken');
    await until(() => page.locator('.chips li').count());
    await page.close();
    expect([...browser.hosts]).toEqual([new URL(rig.server().url).host]);
    expect(browser.complaints).toEqual([]);
  });
});
