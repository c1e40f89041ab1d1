import { describe, expect, it } from '@jest/globals';
import type { Locator, Page } from 'playwright-core';
import { type DemoSide, openScene } from '../support/demo-page.js';
import { PostriderRig } from '../support/postrider-rig.js';
import { useBrowser } from '../support/use-browser.js';
import { expectSoon } from '../support/wait.js';

describe('the order status', () => {
  const stage = useBrowser(() => PostriderRig.start());
  let page: Page;
  let phone: DemoSide;

  const open = async (): Promise<void> => {
    const scene = await openScene(stage.browser, `${stage.rig.server().url}/#order`, ['phone']);
    page = scene.page;
    ({ phone } = scene.sides);
  };

  const move = async (step: string): Promise<void> => {
    await page.getByRole('button', { name: `Mark as ${step}` }).click();
    await receipt(step).first().waitFor();
  };

  const receipt = (step: string, state?: string): Locator =>
    page.locator(`.receipt[data-step=${step}]${state === undefined ? '' : `[data-state=${state}]`}`);

  const shown = (step: string): Locator => phone.place.locator(`.track [data-step=${step}][data-done=true]`);

  it('shows each step on the phone and its ack in the shop', async () => {
    await open();
    for (const step of ['paid', 'packed', 'shipped']) {
      await move(step);
      await shown(step).waitFor();
      await phone.place.locator('.banner', { hasText: step }).waitFor();
      await receipt(step, 'acknowledged').waitFor();
    }
    await expect(phone.received(3)).resolves.toEqual({ twice: 0, unordered: 0 });
    await page.getByRole('button', { name: 'Next order' }).click();
    await move('paid');
    await phone.place.locator('.parcel[data-order="#1043"]').waitFor();
    await expectSoon(() => expect(phone.place.locator('.track [data-done=true]').count()).resolves.toBe(1));
  });

  it('catches up on a phone that was offline', async () => {
    await open();
    await move('paid');
    await receipt('paid', 'acknowledged').waitFor();
    const session = await phone.session();
    await phone.cut();
    await phone.place.locator('.network', { hasText: 'no network' }).waitFor();
    await move('packed');
    await move('shipped');
    await expectSoon(() => expect(receipt('packed', 'accepted').count()).resolves.toBe(1));
    await expectSoon(() => expect(shown('packed').count()).resolves.toBe(0));
    await phone.connect();
    await receipt('packed', 'acknowledged').waitFor();
    await receipt('shipped', 'acknowledged').waitFor();
    await shown('shipped').waitFor();
    await expect(phone.session()).resolves.toBe(session);
    await expect(phone.received(3)).resolves.toEqual({ twice: 0, unordered: 0 });
  });

  it('leaves a receipt open while acks are paused', async () => {
    await open();
    await phone.button('Pause acks').click();
    await move('paid');
    await shown('paid').waitFor();
    await phone.place.locator('.window', { hasText: '1 of 4' }).waitFor();
    await expectSoon(() => expect(receipt('paid', 'accepted').count()).resolves.toBe(1));
    await phone.button('Resume acks').click();
    await receipt('paid', 'acknowledged').waitFor();
  });
});
