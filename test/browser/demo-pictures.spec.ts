import { mkdir, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { BrowserContextOptions } from 'playwright-core';
import { BrowserRig } from '../support/browser-rig.js';
import { DESKTOP, type DemoSide, openScene, PHONE } from '../support/demo-page.js';
import { PostriderRig } from '../support/postrider-rig.js';

const DOCS = fileURLToPath(new URL('../../docs/screenshots/', import.meta.url));
const MAX_BYTES = 200_000;
const SHAPES: readonly [name: string, options: BrowserContextOptions][] = [
  ['desktop', DESKTOP],
  ['phone', PHONE],
];

/** Pictures of docs/demo.md, which are only saved with `UPDATE_DOCS=1`. */
describe('pictures of the demo', () => {
  let rig: PostriderRig;
  let browser: BrowserRig;
  let folder: string;

  beforeAll(async () => {
    folder = process.env['UPDATE_DOCS'] ? DOCS : join(tmpdir(), `postrider-pictures-${process.pid}`);
    await mkdir(folder, { recursive: true });
    [rig, browser] = await Promise.all([PostriderRig.start(), BrowserRig.start()]);
  });

  afterAll(async () => {
    await browser?.close();
    await rig?.close();
  });

  const open = <T extends string>(scene: string, ids: readonly T[], options: BrowserContextOptions) =>
    openScene(browser, `${rig.server().url}/#${scene}`, ids, { ...options, colorScheme: 'light' });

  const take = async (name: string, { page }: DemoSide): Promise<number> => {
    const path = join(folder, `demo-${name}.png`);
    await page.mouse.move(0, 0);
    await page.evaluate(() => scrollTo(0, 0));
    await page.screenshot({ path, fullPage: true, animations: 'disabled', caret: 'hide' });
    await page.close();
    return (await stat(path)).size;
  };

  it.each(SHAPES)('chat, %s', async (shape, options) => {
    const { customer, agent } = (await open('chat', ['customer', 'agent'], options)).sides;
    await customer.bubble('Maya').waitFor();
    await customer.say('My order #1042 says delivered, but nothing came.');
    await agent.bubble('nothing came').waitFor();
    await agent.say('Let me look. It is with your neighbor, second floor.');
    await agent.place.locator('.bubble[data-tick=read]', { hasText: 'neighbor' }).waitFor();
    await customer.cut();
    await customer.say('Found it, thank you!');
    await agent.say('Is there anything else?');
    await agent.place.locator('.bubble[data-tick=sent]', { hasText: 'anything else' }).waitFor();
    await agent.place.locator('.presence', { hasText: 'Jonas is away' }).waitFor();
    await expect(take(`chat-${shape}`, agent)).resolves.toBeLessThan(MAX_BYTES);
  });

  it.each(SHAPES)('order, %s', async (shape, options) => {
    const { phone } = (await open('order', ['phone'], options)).sides;
    for (const step of ['paid', 'packed']) {
      await phone.page.getByRole('button', { name: `Mark as ${step}` }).click();
      await phone.page.locator(`.receipt[data-step=${step}][data-state=acknowledged]`).waitFor();
    }
    await phone.cut();
    await phone.page.getByRole('button', { name: 'Mark as shipped' }).click();
    await phone.page.locator('.receipt[data-step=shipped][data-state=accepted]').waitFor();
    await expect(take(`order-${shape}`, phone)).resolves.toBeLessThan(MAX_BYTES);
  });

  it.each(SHAPES)('monitor, %s', async (shape, options) => {
    const { sides } = await open('monitor', ['viewer-1', 'viewer-2'], options);
    const [left, right] = [sides['viewer-1'], sides['viewer-2']];
    await left.page.getByLabel('Rate').fill('20');
    await left.received(60);
    await right.cut();
    await left.received(150);
    await expect(take(`monitor-${shape}`, left)).resolves.toBeLessThan(MAX_BYTES);
  });
});
