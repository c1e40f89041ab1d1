import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { asyncApiOf } from '../../src/operators/asyncapi-document.js';
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

it('the API page shows the calls, asks only its own server, and keeps to its content policy', async () => {
  const { url } = rig.server();
  const page = await browser.open(`${url}/docs`);
  await page.getByText('/v1/notifications/batch').first().click();
  await page.getByText('Accept up to 1000 notifications').first().waitFor();
  await page.close();
  expect([...browser.hosts]).toEqual([new URL(url).host]);
  expect(browser.complaints).toEqual([]);
});

it('the API page links the document of the sockets', async () => {
  const { url } = rig.server();
  const page = await browser.open(`${url}/docs`);
  const address = await page.getByRole('link', { name: 'asyncapi.json' }).getAttribute('href');
  await page.close();
  const response = await fetch(new URL(address ?? '', url));
  expect(response.headers.get('content-type')).toMatch(/^application\/json/);
  expect(await response.json()).toEqual(asyncApiOf('/ws'));
});
