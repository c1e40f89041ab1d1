import { describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { ADMIN_KEY, openConsole, signIn, startConsoleRig } from '../support/console-page.js';
import { useBrowser } from '../support/use-browser.js';
import { expectSoon } from '../support/wait.js';

describe('the sign-in of the console in a browser', () => {
  const stage = useBrowser(startConsoleRig);

  const fault = (page: Page, text: string): Promise<void> =>
    page.getByRole('alert').filter({ hasText: text }).waitFor();

  /** Drops the complaint that the browser itself logs about a refusal. */
  const forgive = (status: number): void => {
    const noted = stage.browser.complaints.splice(0);
    expect(noted.filter((text) => !text.includes(String(status)))).toEqual([]);
  };

  it('is shown first, without complaints', async () => {
    const page = await stage.browser.open(`${stage.rig.server().url}/console`);
    await page.getByRole('heading', { name: 'Postrider console' }).waitFor();
    await expectSoon(() => expect(page.getByLabel('Admin key').getAttribute('type')).resolves.toBe('password'));
    await expect(page.evaluate(() => document.activeElement?.id)).resolves.toBe('key');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await fault(page, 'Enter an admin key');
    await page.close();
  });

  it('is refused with a wrong key and granted with a right one', async () => {
    const page = await stage.browser.open(`${stage.rig.server().url}/console`);
    await signIn(page, 'wrong');
    await fault(page, 'This key is unknown');
    forgive(401);
    await signIn(page, stage.rig.apiKey);
    await fault(page, 'This is an API key');
    forgive(401);
    await expectSoon(() => expect(page.getByRole('navigation').count()).resolves.toBe(0));
    await signIn(page);
    await page.getByRole('navigation', { name: 'Views' }).waitFor();
    await page.locator('.live[data-live=open]').waitFor();
    await expect(page.title()).resolves.toBe('Now · Postrider console');
    await page.close();
  });

  it('survives a reload, until the sign-out', async () => {
    const page = await openConsole(stage.browser, stage.rig.server().url, 'send');
    await page.reload();
    await page.getByRole('heading', { name: 'Send', exact: true }).waitFor();
    await page.getByRole('button', { name: 'Sign out ada' }).click();
    await page.getByLabel('Admin key').waitFor();
    await page.reload();
    await page.getByLabel('Admin key').waitFor();
    await page.goto(`${stage.rig.server().url}/console/queues`);
    await page.getByLabel('Admin key').waitFor();
    expect(new URL(page.url()).pathname).toBe('/console');
    await page.close();
  });

  it('comes back when the session has ended, and then leads back to the same view', async () => {
    const page = await openConsole(stage.browser, stage.rig.server().url, 'send');
    await page.getByLabel('Type').fill('order.shipped');
    await page.context().clearCookies();
    await page.getByRole('link', { name: 'Dead letters' }).click();
    await page.getByText('Your session has ended').waitFor();
    forgive(401);
    await signIn(page);
    await page.getByRole('heading', { name: 'Dead letters', exact: true }).waitFor();
    await page.getByRole('link', { name: 'Send' }).click();
    await page.getByRole('heading', { name: 'Send', exact: true }).waitFor();
    await expectSoon(() => expect(page.getByLabel('Type').inputValue()).resolves.toBe('order.shipped'));
    await page.close();
  });

  it('says how long to wait after too many wrong keys', async () => {
    const server = await stage.rig.addServer('node-throttled');
    const page = await stage.browser.open(`${server.url}/console`);
    for (let tries = 0; tries < 10; tries++) {
      const answered = page.waitForResponse('**/console/session');
      await signIn(page, `wrong-${tries}`);
      await answered;
      await page.getByRole('button', { name: 'Sign in' }).and(page.locator(':enabled')).waitFor();
    }
    forgive(401);
    await signIn(page, ADMIN_KEY);
    await fault(page, 'Too many wrong keys');
    await expectSoon(() =>
      expect(page.locator('#key-fault').textContent()).resolves.toMatch(/again in (\d+ s|1 min)\./),
    );
    forgive(429);
    await page.close();
  });

  it('says what to set if nobody can sign in', async () => {
    const server = await stage.rig.addServer('node-unset', { ADMIN_KEYS: '' });
    const page = await stage.browser.open(`${server.url}/console`);
    await signIn(page);
    await fault(page, 'Set ADMIN_KEYS');
    await expectSoon(() => expect(page.locator('#key:focus').count()).resolves.toBe(1));
    forgive(403);
    await page.close();
  });

  it('says when the server does not answer, and offers a retry', async () => {
    const server = await stage.rig.addServer('node-mortal');
    const page = await stage.browser.open(`${server.url}/console`);
    await page.getByLabel('Admin key').waitFor();
    await server.kill();
    await signIn(page);
    await fault(page, 'does not answer');
    await server.restart();
    await signIn(page);
    await page.locator('.live[data-live=open]').waitFor();
    await expectSoon(() => expect(page.getByRole('alert').count()).resolves.toBe(0));
    await page.close();
    stage.browser.complaints.splice(0);
  });
});
