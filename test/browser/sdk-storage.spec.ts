import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { BrowserContext, Page } from 'playwright-core';
import { BrowserRig } from '../support/browser-rig.js';
import { type SdkRig, numbers } from '../support/sdk-rig.js';
import { useSdkTabs } from '../support/sdk-tabs.js';
import { until } from '../support/wait.js';

describe('the client in a restricted browser', () => {
  let rig: SdkRig;
  let browser: BrowserRig;

  useSdkTabs({ env: { ACK_WAIT_MS: '2000' } }, (tabs) => {
    ({ rig, browser } = tabs);
  });

  const expectAllThere = async (user: string, tab: Page): Promise<void> => {
    const ids = await rig.send(user, 1, 10);
    await until(() => rig.told('handled', tab).length >= 10);
    expect(rig.told('handled', tab)).toEqual(numbers(1, 10));
    const states = async (): Promise<string[]> =>
      Promise.all(ids.map(async (id) => (await rig.postrider.rest().status(id)).state));
    await until(async () => (await states()).every((state) => state === 'acknowledged'));
  };

  it('continues in memory if storage is forbidden, and says so', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'postrider-profile-'));
    const context = await BrowserRig.withoutStorage(folder);
    await rig.listen(context);
    const tab = await rig.open(context, 'ada');
    await expect(tab.evaluate('localStorage.length')).rejects.toThrow('SecurityError');
    await expectAllThere('ada', tab);
    expect(new Set(rig.told('error', tab))).toEqual(new Set(['storage_unavailable']));
    await context.close();
    await rm(folder, { recursive: true });
  });

  it('continues in memory if storage is full, and says so', async () => {
    const context = await browser.profile();
    await rig.listen(context);
    const tab = await rig.load(context, 'grace', { autoConnect: false });
    await fill(context, tab, rig.origin);
    await tab.evaluate('client.connect()');
    await rig.isOpen(tab);
    await expectAllThere('grace', tab);
    expect(new Set(rig.told('error', tab))).toEqual(new Set(['storage_unavailable']));
    await context.close();
  });

  it('delivers and publishes on an insecure page', async () => {
    const context = await browser.profile();
    await rig.listen(context);
    const tab = await rig.load(context, 'edsger', {}, rig.insecureOrigin);
    await rig.isOpen(tab);
    expect(await tab.evaluate('isSecureContext || "locks" in navigator')).toBe(false);
    await expectAllThere('edsger', tab);
    await tab.evaluate('follow("public.chat").then(() => client.publish("public.chat", "n", { n: 11 }))');
    await until(() => rig.told('handled', tab).includes(11));
    await tab.reload();
    await rig.isOpen(tab);
    await rig.send('edsger', 12);
    await until(() => rig.told('handled', tab).includes(12));
    expect(rig.told('handled', tab)).toEqual(numbers(1, 12));
    expect(rig.told('error', tab)).toEqual([]);
    await context.close();
  });
});

/** Fills every kind of storage to the last byte. */
async function fill(context: BrowserContext, tab: Page, origin: string): Promise<void> {
  await tab.evaluate(() => {
    for (const storage of [localStorage, sessionStorage]) {
      for (let size = 4_000_000; size >= 1; size = Math.floor(size / 2)) {
        try {
          for (let i = 0; i < 3; i += 1) storage.setItem(`fill-${size}-${i}`, 'x'.repeat(size));
        } catch {
          // Full for pieces of this size, so continue with smaller ones.
        }
      }
    }
  });
  const devtools = await context.newCDPSession(tab);
  await devtools.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 1 });
}
