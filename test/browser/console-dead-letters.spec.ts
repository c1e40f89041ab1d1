import { describe, expect, it } from '@jest/globals';
import type { Locator, Page } from 'playwright-core';
import { lettersOf, makeDeadLetters, openConsole, startConsoleRig } from '../support/console-page.js';
import { useBrowser } from '../support/use-browser.js';
import { expectSoon, until } from '../support/wait.js';

describe('dead letters in the console', () => {
  const stage = useBrowser(startConsoleRig);
  let page: Page;

  const button = (name: string): Locator => page.getByRole('button', { name, exact: true });
  const rows = (): Locator => page.getByRole('region', { name: 'List' }).locator('tbody tr');
  const panel = (): Locator => page.getByRole('region', { name: 'Progress' });
  const headOf = async (topic: string): Promise<number> =>
    (await stage.rig.rest().get<{ head: number }>(`/v1/topics/${topic}`)).body.head;
  const confirm = (action: string): Promise<void> =>
    page.getByRole('dialog').getByRole('button', { name: action, exact: true }).click();

  it('are reported to be none', async () => {
    page = await openConsole(stage.browser, stage.rig.server().url, 'dead-letters');
    await page.getByText('No dead letters').waitFor();
    await page.getByText('0 dead letters in this app').waitFor();
    await expectSoon(() => expect(button('Replay…').count()).resolves.toBe(0));
  });

  it('are listed, filtered by the address, and shown in detail', async () => {
    await makeDeadLetters(stage.rig, 'ann', 2, { type: 'bill' });
    await makeDeadLetters(stage.rig, 'ben', 1, { type: 'order', data: () => ({ order: 4711 }) });
    page = await openConsole(stage.browser, stage.rig.server().url, 'dead-letters');
    await until(async () => (await rows().count()) === 3);
    await page.getByText('3 dead letters in this app').waitFor();
    await page.getByLabel('Type', { exact: true }).fill('order');
    await page.getByLabel('Type', { exact: true }).press('Enter');
    await until(async () => (await rows().count()) === 1);
    expect(new URL(page.url()).hash).toBe('#/dead-letters?type=order');
    await rows().getByText('refused').waitFor();
    await rows().getByRole('button', { name: 'Inspect' }).click();
    await page.getByRole('dialog').getByText('"order": 4711').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.getByLabel('Topic', { exact: true }).fill('user:ann');
    await button('Filter').click();
    await page.getByText('None match').waitFor();
    await page.getByRole('link', { name: 'Clear' }).click();
    await until(async () => (await rows().count()) === 3);
  });

  it('are replayed and dropped by selection, each time after a confirmation', async () => {
    page = await openConsole(stage.browser, stage.rig.server().url, 'dead-letters?topic=user:ann');
    await page.getByRole('checkbox', { name: 'Select user:ann 1' }).check();
    await page.getByText('1 selected').waitFor();
    await button('Replay…').click();
    await confirm('Keep as it is');
    await expect(headOf('user:ann')).resolves.toBe(2);
    await button('Replay…').click();
    await confirm('Replay');
    await panel().getByRole('heading', { name: 'Replayed 1' }).waitFor();
    await expect(headOf('user:ann')).resolves.toBe(3);
    await rows().getByRole('link', { name: 'replayed' }).waitFor();
    await page.getByRole('checkbox', { name: 'Select all that are shown' }).check();
    await page.getByText('2 selected').waitFor();
    await button('Drop…').click();
    await confirm('Drop');
    await panel().getByRole('heading', { name: 'Dropped 2' }).waitFor();
    await page.getByText('None match').waitFor();
    await button('Dismiss').click();
    await expectSoon(() => expect(panel().count()).resolves.toBe(0));
    await expect(lettersOf(stage.rig, 'ann')).resolves.toBe(0);
  });

  it('show what failed and why', async () => {
    await makeDeadLetters(stage.rig, 'cleo', 3);
    page = await openConsole(stage.browser, stage.rig.server().url, 'dead-letters?topic=user:cleo');
    await until(async () => (await rows().count()) === 3);
    const { body } = await stage.rig.rest().get<{ items: { id: string }[] }>('/v1/dead-letters?topic=user:cleo');
    const gone = body.items[1]?.id ?? '';
    await stage.rig.rest().delete(`/v1/dead-letters/${gone}`);
    await page.getByRole('checkbox', { name: 'Select all that are shown' }).check();
    await button('Replay…').click();
    await confirm('Replay');
    await panel().getByRole('heading', { name: 'Replayed 2, 1 failed' }).waitFor();
    await panel().getByText('1 fault', { exact: true }).click();
    await panel().locator('li', { hasText: gone }).getByText('dead_letter_not_found').waitFor();
  });

  it('are replayed by the thousand with progress, each once, and dropped', async () => {
    await makeDeadLetters(stage.rig, 'hoarder', 1_000);
    page = await openConsole(stage.browser, stage.rig.server().url, 'dead-letters?topic=user:hoarder');
    await until(async () => (await rows().count()) === 100);
    await button('Show more').click();
    await until(async () => (await rows().count()) === 200);
    // Records every rendered state of the progress.
    await page.evaluate(() => {
      const seen = new Set<number>();
      Object.assign(window, { seen });
      const look = (): void =>
        document.querySelectorAll('.bulk progress').forEach((bar) => seen.add((bar as HTMLProgressElement).value));
      new MutationObserver(look).observe(document.body, { subtree: true, childList: true, attributes: true });
    });
    await button('Select all that match').click();
    await page.getByText('All that match are selected').waitFor();
    await button('Replay…').click();
    await page.getByRole('dialog', { name: 'Replay all that match?' }).waitFor();
    await confirm('Replay');
    await panel().getByRole('heading', { name: 'Replayed 1,000' }).waitFor({ timeout: 60_000 });
    await panel().getByText('1,000 of 1,000: 1,000 done, 0 failed').waitFor();
    const seen = await page.evaluate(() => [...(window as unknown as { seen: Set<number> }).seen].length);
    expect(seen).toBeGreaterThan(5);
    await expect(headOf('user:hoarder')).resolves.toBe(2_000);
    await until(async () => (await rows().getByRole('link', { name: 'replayed' }).count()) === 100);
    // Replayed letters are left out the next time.
    await button('Select all that match').click();
    await button('Replay…').click();
    await confirm('Replay');
    await panel().getByRole('heading', { name: 'Replayed 0' }).waitFor();
    await expect(headOf('user:hoarder')).resolves.toBe(2_000);
    await button('Select all that match').click();
    await button('Drop…').click();
    await confirm('Drop');
    await panel().getByRole('heading', { name: 'Dropped 1,000' }).waitFor({ timeout: 60_000 });
    await page.getByText('None match').waitFor();
    await expect(lettersOf(stage.rig, 'hoarder')).resolves.toBe(0);
  });

  it('stay in the list if the action on them is cancelled; finished ones stay done', async () => {
    await makeDeadLetters(stage.rig, 'dan', 500);
    page = await openConsole(stage.browser, stage.rig.server().url, 'dead-letters?topic=user:dan');
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    let batches = 0;
    await page.route('**/v1/dead-letters/replay', async (route) => {
      if (++batches === 3) await held;
      await route.continue();
    });
    await button('Select all that match').click();
    await button('Replay…').click();
    await confirm('Replay');
    await panel().getByText('200 of 500: 200 done').waitFor();
    await button('Cancel').click();
    release();
    await panel().getByRole('heading', { name: 'Cancelled after 300' }).waitFor();
    expect(batches).toBe(3);
    await expect(headOf('user:dan')).resolves.toBe(800);
    await expect(lettersOf(stage.rig, 'dan')).resolves.toBe(500);
  });

  it('are processed in their own app while another view is shown', async () => {
    await makeDeadLetters(stage.rig, 'finn', 300);
    page = await openConsole(stage.browser, stage.rig.server().url, 'dead-letters?topic=user:finn');
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    await page.route('**/v1/dead-letters/replay', async (route) => {
      await held;
      await route.continue();
    });
    await button('Select all that match').click();
    await button('Replay…').click();
    await confirm('Replay');
    await panel().getByText('0 of 300').waitFor();
    await page.getByLabel('App', { exact: true }).selectOption('foreign');
    await panel().getByRole('heading', { name: 'Replaying 300 dead letters in main' }).waitFor();
    await page.getByRole('link', { name: 'Now' }).click();
    release();
    await page.locator('.toast', { hasText: 'Replayed 300 of 300' }).waitFor();
    await expect(headOf('user:finn')).resolves.toBe(600);
    await page.getByRole('link', { name: 'Dead letters' }).click();
    await panel().getByRole('heading', { name: 'Replayed 300' }).waitFor();
    await page.getByText('No dead letters').waitFor();
  });

  it('are retried after the server was away for a moment', async () => {
    await makeDeadLetters(stage.rig, 'eve', 150);
    page = await openConsole(stage.browser, stage.rig.server().url, 'dead-letters?topic=user:eve');
    let lost = 0;
    await page.route('**/v1/dead-letters/replay', async (route) => {
      // The server carries it out, but the answer is lost.
      if (lost++ > 0) return route.continue();
      await route.fetch();
      return route.abort();
    });
    await button('Select all that match').click();
    await button('Replay…').click();
    await confirm('Replay');
    await panel().getByRole('heading', { name: 'Replayed 150' }).waitFor();
    await expect(headOf('user:eve')).resolves.toBe(300);
    stage.browser.complaints.splice(0);
  });
});
