import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { BrowserRig } from '../support/browser-rig.js';
import { PostriderRig } from '../support/postrider-rig.js';

let rig: PostriderRig;
let browser: BrowserRig;

beforeAll(async () => {
  [rig, browser] = await Promise.all([PostriderRig.start(), BrowserRig.start()]);
});

afterAll(async () => {
  await browser?.close();
  await rig?.close();
});

it('the API page shows the calls, asks nobody else, and keeps to its content policy', async () => {
  const { url } = rig.server();
  const page = await browser.open(`${url}/docs`);
  await page.getByText('/v1/notifications/batch').first().click();
  await page.getByText('Accept up to 1000 notifications').first().waitFor();
  await page.close();
  expect([...browser.hosts]).toEqual([new URL(url).host]);
  expect(browser.complaints).toEqual([]);
});
