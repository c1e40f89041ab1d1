import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals';
import type { BrowserContext } from 'playwright-core';
import { BrowserRig } from './browser-rig.js';
import type { RigOptions } from './postrider-rig.js';
import { SdkRig } from './sdk-rig.js';

/** Server, browser, and profile whose tabs report to the rig. */
export interface SdkTabs {
  rig: SdkRig;
  browser: BrowserRig;
  context: BrowserContext;
}

/** Gives every test of a suite its own profile; server and browser are shared. */
export function useSdkTabs(options: RigOptions, give: (tabs: SdkTabs) => void): void {
  let rig: SdkRig;
  let browser: BrowserRig;
  let context: BrowserContext;

  beforeAll(async () => {
    [rig, browser] = await Promise.all([SdkRig.start(options), BrowserRig.start()]);
  });

  beforeEach(async () => {
    rig.reports.length = 0;
    context = await browser.profile();
    await rig.listen(context);
    give({ rig, browser, context });
  });

  afterEach(() => context?.close());

  afterAll(async () => {
    await browser?.close();
    await rig?.close();
  });
}
