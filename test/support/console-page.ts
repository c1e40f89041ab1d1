import type { BrowserContextOptions, Page } from 'playwright-core';
import type { BrowserRig } from './browser-rig.js';
import { DESKTOP } from './demo-page.js';
import { PostriderRig, type RigOptions } from './postrider-rig.js';
import type { DeadLetter, Page as RestPage } from './rest-types.js';
import { until } from './wait.js';

export const ADMIN_KEY = 'an-admin-key-of-the-test';

/** Starts a Postrider with a console, whose nodes send samples often. */
export function startConsoleRig({ env, ...options }: RigOptions = {}): Promise<PostriderRig> {
  const own = { ADMIN_KEYS: `ada:${ADMIN_KEY}`, SAMPLE_MS: '250', SWEEP_MS: '500' };
  return PostriderRig.start({ ...options, env: { ...own, ...env } });
}

export async function signIn(page: Page, key = ADMIN_KEY): Promise<void> {
  await page.getByLabel('Admin key').fill(key);
  await page.getByLabel('Admin key').press('Enter');
}

/**
 * Opens a page of the console, signed in and live. `place` is the part of the address after `#/`.
 */
export async function openConsole(
  browser: BrowserRig,
  url: string,
  place = 'now',
  options: BrowserContextOptions = DESKTOP,
): Promise<Page> {
  const page = await browser.open(`${url}/console#/${place}`, options);
  await signIn(page);
  await page.locator('.live[data-live=open]').waitFor();
  return page;
}

/**
 * Publishes notifications to a user who terminates each of them, and waits until all are dead
 * letters.
 */
export async function makeDeadLetters(
  rig: PostriderRig,
  user: string,
  count: number,
  body: { type?: string; data?: (n: number) => unknown } = {},
): Promise<void> {
  const { type = 'bill', data = (n) => ({ n }) } = body;
  const token = await rig.tokens.sign(user);
  const socket = await rig.bareSocket({});
  socket.onFrame = ({ event, data: frame }) => {
    if (event !== 'notification') return;
    const { topic, offset } = frame as { topic: string; offset: number };
    socket.send('nack', { topic, offset, reason: 'cannot read it', terminate: true });
  };
  socket.send('hello', { token, window: 1_024 });
  await socket.subscribed(`user:${user}`);
  const before = await lettersOf(rig, user);
  for (let from = 0; from < count; from += 100) {
    const numbers = Array.from({ length: Math.min(100, count - from) }, (_, index) => from + index);
    const notifications = numbers.map((n) => ({ to: { user }, type, data: data(n) }));
    await rig.rest().post('/v1/notifications/batch', { notifications });
  }
  const what = `${count} dead letters of ${user}`;
  await until(async () => (await lettersOf(rig, user)) >= before + count, { what, timeoutMs: 60_000, everyMs: 200 });
  socket.cut();
}

/** Counts the dead letters of a user, including replayed ones. */
export async function lettersOf(rig: PostriderRig, user: string): Promise<number> {
  let found = 0;
  let cursor: string | null = null;
  do {
    const query: URLSearchParams = new URLSearchParams({
      topic: `user:${user}`,
      limit: '500',
      ...(cursor !== null && { cursor }),
    });
    const { body }: { body: RestPage<DeadLetter> } = await rig
      .rest()
      .get<RestPage<DeadLetter>>(`/v1/dead-letters?${query}`);
    found += body.items.length;
    cursor = body.next;
  } while (cursor !== null);
  return found;
}
