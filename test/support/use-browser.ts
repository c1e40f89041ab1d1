import { afterAll, afterEach, beforeAll, expect } from '@jest/globals';
import { BrowserRig } from './browser-rig.js';
import type { PostriderRig } from './postrider-rig.js';

interface BrowserStage {
  rig: PostriderRig;
  browser: BrowserRig;
}

/**
 * Provides a Postrider and a browser for the tests of a `describe`. After each test its pages are
 * closed, and none of them may have complained.
 * @param options.ignoring text of expected complaints, such as a status that the browser itself
 * reports
 */
export function useBrowser(start: () => Promise<PostriderRig>, options: { ignoring?: string } = {}): BrowserStage {
  const { ignoring } = options;
  const stage = {} as BrowserStage;

  beforeAll(async () => {
    [stage.rig, stage.browser] = await Promise.all([start(), BrowserRig.start()]);
  });

  afterEach(async () => {
    await stage.browser.closePages();
    const complaints = stage.browser.complaints.splice(0);
    expect(complaints.filter((text) => ignoring === undefined || !text.includes(ignoring))).toEqual([]);
  });

  afterAll(async () => {
    await stage.browser?.close();
    await stage.rig?.close();
  });

  return stage;
}
