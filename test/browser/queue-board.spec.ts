import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { BrowserRig } from '../support/browser-rig.js';
import { ConsoleClient } from '../support/console-client.js';
import { PostriderRig } from '../support/postrider-rig.js';

const ADMIN_KEY = 'an-admin-key-of-the-test';

describe('the board of the queues in a browser', () => {
  let rig: PostriderRig;
  let browser: BrowserRig;

  beforeAll(async () => {
    const env = { ADMIN_KEYS: `ada:${ADMIN_KEY}` };
    [rig, browser] = await Promise.all([PostriderRig.start({ env }), BrowserRig.start()]);
  });

  afterAll(async () => {
    await browser?.close();
    await rig?.close();
  });

  it('shows the queues, asks only its own server, and keeps to its content policy', async () => {
    const { url } = rig.server();
    const { console } = await ConsoleClient.signIn(url, ADMIN_KEY);
    const [name = '', value = ''] = console?.cookie.split('=') ?? [];
    const page = await browser.open(url);
    await page.context().addCookies([{ name, value, url }]);
    browser.complaints.splice(0);
    await page.goto(`${url}/console/queues/`);
    for (const queue of ['guard', 'release', 'sweep']) await page.getByText(queue, { exact: true }).first().waitFor();
    await page.getByText('guard', { exact: true }).first().click();
    await page.waitForURL(/\/queue\/guard/);
    await page.reload();
    await page.getByText('guard', { exact: true }).first().waitFor();
    await page.close();
    expect([...browser.hosts]).toEqual([new URL(url).host]);
    expect(browser.complaints).toEqual([]);
  });
});
