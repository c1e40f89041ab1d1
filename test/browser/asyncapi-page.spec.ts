import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { BrowserContextOptions } from 'playwright-core';
import { asyncApiOf } from '../../src/operators/asyncapi-document.js';
import { BrowserRig } from '../support/browser-rig.js';
import { PHONE } from '../support/demo-page.js';
import { pageAudit } from '../support/page-audit.js';
import { PostriderRig } from '../support/postrider-rig.js';

const DESKTOP = { viewport: { width: 1280, height: 860 } };

describe('the page of the sockets', () => {
  let rig: PostriderRig;
  let browser: BrowserRig;

  beforeAll(async () => {
    [rig, browser] = await Promise.all([PostriderRig.start(), BrowserRig.start()]);
  });

  afterAll(async () => {
    await browser?.close();
    await rig?.close();
  });

  it('is made from the document beside it', async () => {
    const { url } = rig.server();
    const response = await fetch(`${url}/docs/asyncapi.json`);
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    const document = (await response.json()) as ReturnType<typeof asyncApiOf>;
    expect(document).toEqual(asyncApiOf('/ws'));
    const page = await browser.open(`${url}/docs/asyncapi`);
    const ids = await page.locator('article').evaluateAll((articles) => articles.map(({ id }) => id));
    expect(ids.toSorted()).toEqual(Object.keys(document.components.messages).toSorted());
    await page.close();
  });

  it('is linked from that of REST', async () => {
    const page = await browser.open(`${rig.server().url}/docs`);
    const [opened] = await Promise.all([page.waitForEvent('popup'), page.locator('a[href="/docs/asyncapi"]').click()]);
    await opened.waitForLoadState();
    expect(await opened.title()).toBe('Postrider sockets');
    await opened.close();
    await page.close();
  });

  it.each<[string, BrowserContextOptions]>([
    ['a desktop, light', { ...DESKTOP, colorScheme: 'light' }],
    ['a desktop, dark', { ...DESKTOP, colorScheme: 'dark' }],
    ['a phone, light', { ...PHONE, colorScheme: 'light' }],
    ['a phone, dark', { ...PHONE, colorScheme: 'dark' }],
  ])('can be read on %s', async (_, options) => {
    const { url } = rig.server();
    const before = browser.complaints.length;
    const page = await browser.open(`${url}/docs/asyncapi`, options);
    expect(await pageAudit.unnamed(page)).toEqual([]);
    expect(await pageAudit.faint(page)).toEqual([]);
    expect(await pageAudit.overflow(page)).toBeLessThanOrEqual(0);
    expect(browser.complaints.slice(before).filter((line) => !line.includes('favicon'))).toEqual([]);
    await page.close();
  });
});
