import type { BrowserContextOptions, Locator, Page } from 'playwright-core';
import type { BrowserRig } from './browser-rig.js';
import { until } from './wait.js';

export const DESKTOP: BrowserContextOptions = { viewport: { width: 1440, height: 900 } };
export const PHONE: BrowserContextOptions = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };

/** Side of a scene, as a visitor sees and uses it. */
export class DemoSide {
  readonly place: Locator;

  constructor(
    readonly page: Page,
    readonly id: string,
  ) {
    this.place = page.locator(`#${id}`);
  }

  button(name: string): Locator {
    return this.place.getByRole('button', { name });
  }

  async connected(): Promise<void> {
    await this.place.locator('.state[data-state=open]', { hasText: 'connected' }).waitFor();
  }

  async cut(): Promise<void> {
    await this.button('Cut connection').click();
    await this.place.locator('.state', { hasText: 'offline' }).waitFor();
  }

  async connect(): Promise<void> {
    await this.button('Connect again').click();
    await this.connected();
  }

  async session(): Promise<string> {
    return (await this.place.getAttribute('data-session')) ?? '';
  }

  async figure(name: 'received' | 'twice' | 'unordered'): Promise<number> {
    return Number(await this.place.locator(`.standing .${name}`).textContent());
  }

  /** Waits until `count` notifications have come, and returns the numbers of wrong ones. */
  async received(count: number): Promise<{ twice: number; unordered: number }> {
    const what = `${this.id} receives ${count}`;
    await until(async () => (await this.figure('received')) >= count, { what, timeoutMs: 60_000 });
    return { twice: await this.figure('twice'), unordered: await this.figure('unordered') };
  }

  /** Returns the messages of the conversation, from the top. */
  async talk(): Promise<string[]> {
    return this.place.locator('.bubble p').allTextContents();
  }

  async say(text: string): Promise<void> {
    await this.place.getByRole('textbox').fill(text);
    await this.place.getByRole('textbox').press('Enter');
  }

  bubble(text: string): Locator {
    return this.place.locator('.bubble', { hasText: text });
  }

  /** Opens the log of frames and returns a locator for each line of the event. */
  async frames(event: string): Promise<Locator> {
    const closed = this.place.locator('.frames:not([open]) summary');
    if ((await closed.count()) > 0) await closed.click();
    return this.place.locator(`.frames li[data-event=${event}]`);
  }
}

/** Opens a scene of the demo with the named sides connected. */
export async function openScene<T extends string>(
  browser: BrowserRig,
  url: string,
  ids: readonly T[],
  options: BrowserContextOptions = DESKTOP,
): Promise<{ page: Page; sides: Record<T, DemoSide> }> {
  const page = await browser.open(url, options);
  const sides = Object.fromEntries(ids.map((id) => [id, new DemoSide(page, id)])) as Record<T, DemoSide>;
  for (const id of ids) await sides[id].connected();
  return { page, sides };
}
