import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { BrowserRig } from '../support/browser-rig.js';
import { makeDeadLetters, openConsole, signIn, startConsoleRig } from '../support/console-page.js';
import { DESKTOP, PHONE } from '../support/demo-page.js';
import { pageAudit } from '../support/page-audit.js';
import type { PostriderRig } from '../support/postrider-rig.js';
import { expectSoon, until } from '../support/wait.js';

describe('the pages of the console', () => {
  let rig: PostriderRig;
  let browser: BrowserRig;
  /** Views by the part after `#/`, each with an element that shows that it is ready. */
  let views: [place: string, ready: string][];

  beforeAll(async () => {
    [rig, browser] = await Promise.all([startConsoleRig(), BrowserRig.start()]);
    const socket = await rig.socket('alice', { claims: { topics: ['orders.*'] } });
    await socket.request('subscribe', { topic: 'orders.eu' }, 1);
    const to = { users: ['alice', 'bob'] };
    const { id } = await rig
      .rest()
      .notify({ to, type: 'order.shipped', data: { order: 4711 }, metadata: { by: 'shop' } });
    for (let n = 1; n <= 3; n++) await rig.rest().notify({ to: { topic: 'orders.eu' }, type: 'order', data: { n } });
    await makeDeadLetters(rig, 'refuser', 3);
    views = [
      ['now', '.chart canvas'],
      ['find', '.empty'],
      [`find/notification/${id}`, '.timeline li'],
      ['find/user/alice', '[aria-label="Waiting for an ack"] tbody tr'],
      ['find/topic/orders.eu', '[aria-label=History] tbody tr'],
      ['find/topic/nothing', '.empty'],
      ['dead-letters', '.letters tbody tr'],
      ['dead-letters?type=none', '.empty'],
      ['send', '#send-data'],
      ['queues', '[aria-label=Queues] tbody tr'],
    ];
  });

  afterAll(async () => {
    await browser?.close();
    await rig?.close();
  });

  afterEach(() => {
    const complaints = browser.complaints.splice(0);
    // The browser itself logs the 404 of a missing topic.
    expect(complaints.filter((text) => !text.includes('404'))).toEqual([]);
  });

  const go = async (page: Page, [place, ready]: readonly [string, string]): Promise<void> => {
    await page.evaluate((hash) => (location.hash = hash), `/${place}`);
    await page.locator('main').locator(ready).first().waitFor();
    await until(async () => (await page.locator('main .loading').count()) === 0);
  };
  const focused = (page: Page): Promise<string> =>
    page.evaluate(() => document.activeElement?.id || (document.activeElement?.textContent ?? ''));

  it.each(['light', 'dark'] as const)('name every control and keep text readable, %s', async (colorScheme) => {
    const options = { ...DESKTOP, colorScheme, reducedMotion: 'reduce' } as const;
    const page = await browser.open(`${rig.server().url}/console`, options);
    await page.getByLabel('Admin key').waitFor();
    expect([await pageAudit.unnamed(page), await pageAudit.faint(page)]).toEqual([[], []]);
    await signIn(page);
    for (const view of views) {
      await go(page, view);
      const found = { view: view[0], unnamed: await pageAudit.unnamed(page), faint: await pageAudit.faint(page) };
      expect(found).toEqual({ view: view[0], unnamed: [], faint: [] });
    }
    await page.getByRole('button', { name: 'Help and keys' }).click();
    await page.getByRole('dialog').waitFor();
    await expect(pageAudit.faint(page)).resolves.toEqual([]);
    await page.close();
  });

  it('fit on a phone without scrolling sideways', async () => {
    const page = await openConsole(browser, rig.server().url, 'now', PHONE);
    for (const view of views) {
      await go(page, view);
      expect({ view: view[0], overflow: await pageAudit.overflow(page) }).toEqual({ view: view[0], overflow: 0 });
    }
    await page.close();
  });

  it('ask only their own server', async () => {
    const page = await openConsole(browser, rig.server().url);
    for (const view of views) await go(page, view);
    await page.close();
    expect([...browser.hosts]).toEqual([new URL(rig.server().url).host]);
  });

  it('each have an address and a title, and Back leads back', async () => {
    const page = await openConsole(browser, rig.server().url);
    const nav = page.getByRole('navigation', { name: 'Views' });
    for (const name of ['Find', 'Dead letters', 'Send', 'Queues']) {
      await nav.getByRole('link', { name }).click();
      await page.getByRole('heading', { name, exact: true, level: 1 }).waitFor();
      await page.waitForFunction((title) => document.title === title, `${name} · Postrider console`);
      expect(await nav.locator('[aria-current=page]').textContent()).toBe(name);
    }
    await page.goBack();
    await page.getByRole('heading', { name: 'Send', level: 1 }).waitFor();
    await page.close();
  });

  it('contain the board of the queues, which also opens by itself', async () => {
    const page = await openConsole(browser, rig.server().url, 'queues');
    const board = page.frameLocator('iframe[title="Queue board"]');
    for (const queue of ['guard', 'release', 'sweep']) {
      await page.getByRole('region', { name: 'Queues' }).getByText(queue).waitFor();
      await board.getByText(queue, { exact: true }).first().waitFor();
    }
    await page.getByRole('link', { name: 'Open the board' }).click();
    await page.waitForURL(/\/console\/queues/);
    await page.getByText('guard', { exact: true }).first().waitFor();
    await page.goBack();
    await page.getByRole('heading', { name: 'Queues', level: 1 }).waitFor();
    await expectSoon(() => expect(page.locator('iframe').count()).resolves.toBe(1));
    await page.close();
  });

  it('remember the theme that was chosen', async () => {
    const page = await openConsole(browser, rig.server().url, 'now', { ...DESKTOP, colorScheme: 'light' });
    await page.locator('.chart canvas').first().waitFor();
    const ink = (): Promise<string> => page.evaluate(() => getComputedStyle(document.body).color);
    const light = await ink();
    await page.getByRole('button', { name: 'Colors: same as the system' }).click();
    await page.getByRole('button', { name: 'Colors: light' }).click();
    await page.locator('html[data-theme=dark]').waitFor();
    expect(await ink()).not.toBe(light);
    await page.reload();
    await page.locator('html[data-theme=dark]').waitFor();
    await page.getByRole('button', { name: 'Colors: dark' }).click();
    await page.locator('html:not([data-theme])').waitFor();
    await page.close();
  });

  it('work without a mouse', async () => {
    const page = await browser.open(`${rig.server().url}/console`);
    await page.locator('#key:focus').waitFor();
    await page.keyboard.type('an-admin-key-of-the-test');
    await page.keyboard.press('Enter');
    await page.locator('.live[data-live=open]').waitFor();
    // Starts from the top, which a blur would not reach. The first stop skips the navigation.
    await page.locator('main:focus').waitFor();
    await page.evaluate(() => {
      document.body.tabIndex = -1;
      document.body.focus();
    });
    await page.keyboard.press('Tab');
    expect(await focused(page)).toBe('Skip to the content');
    await page.keyboard.press('Enter');
    await page.locator('main:focus').waitFor();
    // Opens the help and returns to the previous place.
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Help and keys' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.locator('main:focus').waitFor();
    // Searches from any view.
    await page.keyboard.press('/');
    await page.locator('#search:focus').waitFor();
    await page.keyboard.type('alice');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Sessions of alice' }).waitFor();
    const disconnect = page.getByRole('button', { name: /^Disconnect…/ });
    await until(async () => {
      await page.keyboard.press('Tab');
      return disconnect.evaluate((element) => element === document.activeElement);
    });
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    // The safe answer comes first; Escape means the same.
    await page.locator('dialog button:focus', { hasText: 'Keep as it is' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await until(() => disconnect.evaluate((element) => element === document.activeElement));
    // Opens another view by keys and fills in its form.
    await page.keyboard.press('g');
    await page.keyboard.press('s');
    await page.getByRole('heading', { name: 'Send', level: 1 }).waitFor();
    const type = async (id: string, text: string): Promise<void> => {
      await until(async () => {
        if ((await focused(page)) === id) return true;
        await page.keyboard.press('Tab');
        return false;
      });
      await page.keyboard.press('Control+a');
      await page.keyboard.type(text);
    };
    await type('send-to', 'alice');
    await type('send-type', 'by.keyboard');
    await type('send-data', '{"a": 1}');
    await page.keyboard.press('Control+Enter');
    await page.locator('.dry-run').waitFor();
    await page.keyboard.press('Control+Enter');
    await page.locator('.sent').waitFor();
    // Selects a dead letter and gets asked for confirmation.
    await page.locator('#send-data').blur();
    await page.keyboard.press('g');
    await page.keyboard.press('d');
    const box = page.getByRole('checkbox', { name: 'Select user:refuser 1' });
    await box.waitFor();
    await until(async () => {
      await page.keyboard.press('Tab');
      return box.evaluate((element) => element === document.activeElement);
    });
    await page.keyboard.press('Space');
    await page.getByText('1 selected').waitFor();
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Help and keys' }).waitFor();
    await page.close();
  });

  it('show where the focus is', async () => {
    const page = await openConsole(browser, rig.server().url, 'dead-letters');
    await page.locator('.letters tbody tr').first().waitFor();
    await page.evaluate(() => (document.activeElement as HTMLElement).blur());
    const invisible: string[] = [];
    for (let stop = 0; stop < 30; stop++) {
      await page.keyboard.press('Tab');
      const found = await page.evaluate(() => {
        const element = document.activeElement;
        if (!element || element === document.body) return undefined;
        const { outlineStyle, outlineWidth } = getComputedStyle(element);
        return outlineStyle === 'none' || outlineWidth === '0px' ? element.outerHTML.slice(0, 120) : undefined;
      });
      if (found) invisible.push(found);
    }
    expect(invisible).toEqual([]);
    await page.close();
  });

  it('work if the browser forbids storage', async () => {
    const page = await browser.open('about:blank');
    await page.addInitScript(() => {
      const raise = (): never => {
        throw new DOMException('forbidden', 'SecurityError');
      };
      for (const name of ['sessionStorage', 'localStorage']) Object.defineProperty(window, name, { get: raise });
      IDBFactory.prototype.open = raise;
    });
    await page.goto(`${rig.server().url}/console`);
    await signIn(page);
    await page.locator('.live[data-live=open]').waitFor();
    await page.locator('.chart canvas').first().waitFor();
    await page.close();
    // Without storage, the page asks the server who is signed in.
    const complaints = browser.complaints.splice(0);
    expect(complaints.filter((text) => !text.includes('401'))).toEqual([]);
  });
});
