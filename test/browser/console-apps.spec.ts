import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { BrowserRig } from '../support/browser-rig.js';
import { makeDeadLetters, openConsole, startConsoleRig } from '../support/console-page.js';
import type { PostriderRig } from '../support/postrider-rig.js';

describe('an action on many dead letters', () => {
  let rig: PostriderRig;
  let browser: BrowserRig;

  beforeAll(async () => {
    [rig, browser] = await Promise.all([startConsoleRig(), BrowserRig.start()]);
  });

  afterAll(async () => {
    await browser?.close();
    await rig?.close();
  });

  it('keeps to its app and continues while another app and view are shown', async () => {
    await makeDeadLetters(rig, 'fay', 300);
    const page = await openConsole(browser, rig.server().url, 'dead-letters');
    const progress = page.getByRole('region', { name: 'Progress' });
    const apps: (string | undefined)[] = [];
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    await page.route('**/v1/dead-letters/replay', async (route) => {
      apps.push(route.request().headers()['postrider-app']);
      if (apps.length === 2) await held;
      await route.continue();
    });
    await page.getByLabel('App', { exact: true }).selectOption('main');
    await page.getByRole('button', { name: 'Select all', exact: true }).click();
    await page.getByRole('button', { name: 'Replay…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Replay', exact: true }).click();
    await progress.getByText('100 of 300').waitFor();

    await page.getByLabel('App', { exact: true }).selectOption('foreign');
    await progress.getByRole('heading', { name: 'in main' }).waitFor();
    await page.getByRole('link', { name: 'Queues', exact: true }).click();
    await progress.waitFor({ state: 'detached' });
    release();
    await page.getByRole('status').getByText('Replayed 300 of 300').waitFor();
    await page.getByRole('link', { name: 'Dead letters', exact: true }).first().click();
    await progress.getByRole('heading', { name: 'Replayed 300 in main' }).waitFor();
    expect(apps).toEqual(['main', 'main', 'main']);
    expect(browser.complaints).toEqual([]);
    await page.close();
  });
});
