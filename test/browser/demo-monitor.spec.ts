import { describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { type DemoSide, openScene } from '../support/demo-page.js';
import { PostriderRig } from '../support/postrider-rig.js';
import { useBrowser } from '../support/use-browser.js';
import { until } from '../support/wait.js';

const CLEAN = { twice: 0, unordered: 0 };

describe('the live monitor', () => {
  const stage = useBrowser(() => PostriderRig.start());
  let page: Page;
  let left: DemoSide;
  let right: DemoSide;

  const open = async (): Promise<void> => {
    const scene = await openScene(stage.browser, `${stage.rig.server().url}/#monitor`, ['viewer-1', 'viewer-2']);
    page = scene.page;
    [left, right] = [scene.sides['viewer-1'], scene.sides['viewer-2']];
  };

  const sent = async (): Promise<number> => Number(await page.locator('#sensor .sent').textContent());

  /** Stops the sensor and returns the total number of its samples. */
  const stop = async (): Promise<number> => {
    await page.getByRole('button', { name: 'Stop the sensor' }).click();
    await page.getByRole('button', { name: 'Start the sensor' }).waitFor();
    let before = -1;
    return until(
      async () => {
        const now = await sent();
        const settled = now === before && now;
        before = now;
        return settled;
      },
      { everyMs: 400 },
    );
  };

  const drawing = (side: DemoSide): Promise<string> =>
    side.place.locator('canvas').evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL());

  it('moves with every push, and can be made faster', async () => {
    await open();
    await left.received(5);
    const before = await drawing(left);
    await until(async () => (await drawing(left)) !== before);
    await page.getByLabel('Rate').fill('20');
    await page.getByText('20 a second').waitFor();
    const posted = await sent();
    await until(async () => (await sent()) > posted + 30);
    const total = await stop();
    await expect(left.received(total)).resolves.toEqual(CLEAN);
    await expect(right.received(total)).resolves.toEqual(CLEAN);
  });

  it('catches up from history after a cut, while the other one continues', async () => {
    await open();
    await page.getByLabel('Rate').fill('20');
    await left.received(5);
    await left.cut();
    const missing = await left.figure('received');
    await right.received(missing + 60);
    await left.place.locator('.lag', { hasText: 'samples behind' }).waitFor();
    await expect(left.figure('received')).resolves.toBeLessThan(missing + 20);
    await left.connect();
    const total = await stop();
    await expect(left.received(total)).resolves.toEqual(CLEAN);
    await expect(right.received(total)).resolves.toEqual(CLEAN);
    await expect(left.figure('received')).resolves.toBe(total);
    await left.place.locator('.lag', { hasText: 'live' }).waitFor();
  });

  it('gets at most its window while acks are paused, and the rest afterwards', async () => {
    await open();
    await page.getByLabel('Rate').fill('20');
    await right.button('Pause acks').click();
    await right.place.locator('.window[data-full=true]', { hasText: '40 of 40' }).waitFor();
    const full = await right.figure('received');
    await left.received(full + 20);
    await expect(right.figure('received')).resolves.toBe(full);
    await right.button('Resume acks').click();
    const total = await stop();
    await expect(right.received(total)).resolves.toEqual(CLEAN);
  });
});
