import { describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { DESKTOP, PHONE } from '../support/demo-page.js';
import { pageAudit } from '../support/page-audit.js';
import { PostriderRig } from '../support/postrider-rig.js';
import { useBrowser } from '../support/use-browser.js';
import { expectSoon } from '../support/wait.js';

/** Scenes by fragment, each with an element that shows that it is ready. */
const SCENES: readonly [scene: string, ready: string][] = [
  ['chat', '#customer .bubble'],
  ['order', '#phone .state[data-state=open]'],
  ['monitor', '#viewer-2 canvas'],
  ['playground', '#connect'],
];

describe('the demo page', () => {
  const stage = useBrowser(() => PostriderRig.start());

  const ready = async (page: Page, [scene, selector]: readonly [string, string]): Promise<void> => {
    await page.locator(`.scene-${scene}`).locator(selector).first().waitFor();
  };

  it.each(SCENES)('opens #%s on a phone without scrolling sideways', async (...scene) => {
    const page = await stage.browser.open(`${stage.rig.server().url}/#${scene[0]}`, PHONE);
    await ready(page, scene);
    await expect(pageAudit.overflow(page)).resolves.toBe(0);
    await page.close();
  });

  it.each(['light', 'dark'] as const)('names every control and keeps text readable, %s', async (colorScheme) => {
    const page = await stage.browser.open(`${stage.rig.server().url}/#chat`, {
      ...DESKTOP,
      colorScheme,
      reducedMotion: 'reduce',
    });
    for (const scene of SCENES) {
      await page.getByRole('navigation').getByRole('link', { name: scene[0] }).click();
      await ready(page, scene);
      await expect(pageAudit.unnamed(page)).resolves.toEqual([]);
      await expect(pageAudit.faint(page)).resolves.toEqual([]);
    }
    await page.close();
  });

  it('keeps a scene while another is shown, and gives each scene an address', async () => {
    const page = await stage.browser.open(`${stage.rig.server().url}/`);
    await page.locator('#customer .bubble').first().waitFor();
    await page.getByRole('link', { name: 'Order' }).click();
    await page.locator('#phone').waitFor();
    expect(new URL(page.url()).hash).toBe('#order');
    await expect(page.locator('#customer').isVisible()).resolves.toBe(false);
    await page.goBack();
    await page.locator('#customer .bubble').first().waitFor();
    await expectSoon(() => expect(page.locator('nav [aria-current=page]').textContent()).resolves.toBe('Chat'));
    await page.close();
  });

  it('works without a mouse', async () => {
    const page = await stage.browser.open(`${stage.rig.server().url}/#chat`);
    await page.locator('#customer .state[data-state=open]').waitFor();
    await page.getByLabel('Message to Maya').focus();
    await page.keyboard.type('by keyboard');
    await page.keyboard.press('Enter');
    await page.locator('#agent .bubble', { hasText: 'by keyboard' }).waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Space');
    await page.locator('#customer .state', { hasText: 'offline' }).waitFor();
    await page.keyboard.press('Space');
    await page.locator('#customer .state[data-state=open]', { hasText: 'connected' }).waitFor();
    await expect(page.evaluate(() => document.activeElement?.textContent)).resolves.toBe('Cut connection');
    await page.close();
  });

  it('remembers the theme that was chosen', async () => {
    const page = await stage.browser.open(`${stage.rig.server().url}/#playground`, { colorScheme: 'light' });
    await page.getByRole('button', { name: /Theme: system/ }).click();
    await page.getByRole('button', { name: /Theme: light/ }).click();
    await page.locator('html[data-theme=dark]').waitFor();
    await page.reload();
    await page.locator('html[data-theme=dark]').waitFor();
    await expect(page.evaluate(() => getComputedStyle(document.documentElement).colorScheme)).resolves.toBe('dark');
    await page.close();
  });

  it('works if the browser forbids storage', async () => {
    const page = await stage.browser.open('about:blank');
    await page.addInitScript(() => {
      const raise = (): never => {
        throw new DOMException('forbidden', 'SecurityError');
      };
      for (const name of ['sessionStorage', 'localStorage']) Object.defineProperty(window, name, { get: raise });
      IDBFactory.prototype.open = raise;
    });
    const token = await stage.rig.tokens.sign('margaret');
    await page.goto(`${stage.rig.server().url}/#token=${token}&key=${stage.rig.apiKey}`);
    await page.locator('#state[data-state=open]').waitFor();
    await page.getByRole('link', { name: 'Chat' }).click();
    await page.getByLabel('Message to Maya').fill('without storage');
    await page.keyboard.press('Enter');
    await page.locator('#agent .bubble', { hasText: 'without storage' }).waitFor();
    await expect(page.title()).resolves.toBe('Support chat · Postrider');
    await page.close();
  });

  it('works if the clock of the visitor is hours ahead', async () => {
    const page = await stage.browser.open('about:blank');
    await page.clock.install({ time: Date.now() + 6 * 3_600_000 });
    await page.goto(`${stage.rig.server().url}/#chat`);
    await page.getByLabel('Message to Maya').fill('from the future');
    await page.keyboard.press('Enter');
    await page.locator('#customer .bubble[data-tick=read]', { hasText: 'from the future' }).waitFor();
    await expectSoon(() => expect(page.locator('.state[data-state=open]').count()).resolves.toBe(2));
    await page.close();
  });

  it('says when the stage is over, and sets a new one', async () => {
    const page = await stage.browser.open('about:blank');
    await page.clock.install();
    await page.goto(`${stage.rig.server().url}/#chat`);
    await page.locator('#customer .bubble').first().waitFor();
    await page.clock.fastForward('04:00:01');
    await page.getByText('This stage is over').waitFor();
    await page.getByRole('button', { name: 'Start over' }).click();
    await page.locator('#customer .bubble').first().waitFor();
    await expectSoon(() => expect(page.getByText('This stage is over').count()).resolves.toBe(0));
    await page.close();
  });

  it('asks only its own server', async () => {
    const page = await stage.browser.open(`${stage.rig.server().url}/#monitor`);
    await ready(page, ['monitor', '#viewer-2 canvas']);
    await page.close();
    expect([...stage.browser.hosts]).toEqual([new URL(stage.rig.server().url).host]);
  });

  it('says when there is no server, and offers a retry', async () => {
    const page = await stage.browser.open(`${stage.rig.server().url}/#playground`);
    await page.locator('#connect').waitFor();
    await stage.rig.server().kill();
    await page.getByRole('link', { name: 'Chat' }).click();
    const notice = page.getByText('The server does not answer. Check that it is running and try again.');
    await notice.waitFor();
    await stage.rig.server().restart();
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.locator('#customer .bubble').first().waitFor();
    await expectSoon(() => expect(notice.count()).resolves.toBe(0));
    await page.close();
    // The browser complained about calls while the server was down.
    stage.browser.complaints.splice(0);
  });

  it('says when the demo is off, and keeps the playground', async () => {
    const server = await stage.rig.addServer('node-off', { DEMO: 'false' });
    const page = await stage.browser.open(`${server.url}/#chat`);
    await page.getByText('The scenes are switched off on this server').waitFor();
    await page.getByRole('link', { name: 'Go to the playground' }).click();
    await page.locator('#connect').waitFor();
    await page.close();
    // The browser itself logs the refusal.
    expect(stage.browser.complaints.splice(0)).toEqual([expect.stringContaining('403')]);
  });
});
