import type { BrowserContext, Page } from 'playwright-core';
import { PageServer } from './page-server.js';
import { PostriderRig, type RigOptions } from './postrider-rig.js';
import { until } from './wait.js';

/** Action of the application in a tab. */
export interface Report {
  tab: Page;
  what: 'begun' | 'handled' | 'elsewhere' | 'gap' | 'error' | 'state' | 'welcome';
  /** `n` of a notification's data, the code of an error, the name of a state. */
  value: unknown;
}

/**
 * Small application that reports everything it sees. Its handler waits while `hold` is set, and
 * blocks for `busyMs`.
 */
const APPLICATION = `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><title>tab</title>
<script type="module">
const { server, token, options = '{}' } = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
const { Postrider } = await import(server + '/client/postrider.js');
window.mount = (more) => new Postrider({ url: server, token: () => window.tokens?.shift() ?? token, backoff: { baseMs: 50, capMs: 500, maxTries: Infinity }, ...JSON.parse(options), ...more });
const client = window.mount();
const tell = (what, value) => window.report(what, value);
client.on('state', ({ state }) => tell('state', state));
client.on('welcome', () => tell('welcome', client.session));
client.on('error', ({ code }) => tell('error', code));
client.on('gap', ({ from, to }) => tell('gap', to - from + 1));
client.on('elsewhere', ({ data }) => tell('elsewhere', data.n));
const handle = async ({ data, attempt }) => {
  tell('begun', data.n);
  if (attempt <= data.fails) throw new Error('as it was told to');
  if (window.busyMs) for (const end = performance.now() + window.busyMs; performance.now() < end; );
  if (window.hold) await new Promise((resolve) => (window.release = resolve));
  await tell('handled', data.n);
};
client.on('notification', handle);
window.client = client;
window.follow = (topic, options) => client.subscribe(topic, handle, options).then(() => true);
</script>`;

/** Real tabs with the client that the server serves, on pages of another origin. */
export class SdkRig {
  readonly reports: Report[] = [];

  private constructor(
    readonly postrider: PostriderRig,
    private readonly pages: PageServer,
  ) {}

  static async start(options: RigOptions = {}): Promise<SdkRig> {
    const pages = await PageServer.start({ '/index.html': APPLICATION });
    const env = { ...options.env, WS_ORIGINS: `${pages.origin},${insecure(pages.origin)}` };
    return new SdkRig(await PostriderRig.start({ ...options, env }), pages);
  }

  /** Lets the tabs of a context report here. */
  async listen(context: BrowserContext): Promise<void> {
    await context.exposeBinding('report', ({ page }, what: Report['what'], value: unknown) => {
      this.reports.push({ tab: page, what, value });
    });
  }

  /** Opens a tab of the user and waits until it is connected. */
  async open(context: BrowserContext, user: string, options: object = {}): Promise<Page> {
    const tab = await this.load(context, user, options);
    await this.isOpen(tab);
    return tab;
  }

  /** Opens a tab of the user. */
  async load(context: BrowserContext, user: string, options: object = {}, origin = this.origin): Promise<Page> {
    const tab = await context.newPage();
    const token = await this.postrider.tokens.sign(user, { topics: ['*'], publish: ['*'] });
    const link = { server: this.postrider.server().url, token, options: JSON.stringify(options) };
    await tab.goto(`${origin}/#${new URLSearchParams(link)}`);
    await tab.waitForFunction('window.follow');
    return tab;
  }

  get origin(): string {
    return this.pages.origin;
  }

  /**
   * Origin of the same pages that the browser treats as insecure: no Web Locks, no
   * `crypto.randomUUID`.
   */
  get insecureOrigin(): string {
    return insecure(this.origin);
  }

  /** Returns the reports of the application in one tab, or in all tabs, in order. */
  told(what: Report['what'], tab?: Page): unknown[] {
    const found = this.reports.filter((report) => report.what === what && (tab ?? report.tab) === report.tab);
    return found.map(({ value }) => value);
  }

  async isOpen(tab: Page, timeoutMs?: number): Promise<void> {
    const what = 'the client is open';
    await until(() => this.stateOf(tab).then((state) => state === 'open'), { what, timeoutMs });
  }

  stateOf(tab: Page): Promise<string> {
    return tab.evaluate('window.client?.state ?? "none"');
  }

  sessionOf(tab: Page): Promise<string> {
    return tab.evaluate('window.client.session');
  }

  /** Sends the user notifications numbered `from` to `to`. */
  async send(user: string, from: number, to = from): Promise<string[]> {
    const ids: string[] = [];
    for (let n = from; n <= to; n += 1) {
      ids.push((await this.postrider.rest().notify({ to: { user }, type: 'n', data: { n } })).id);
    }
    return ids;
  }

  async close(): Promise<void> {
    await this.postrider.close();
    await this.pages.close();
  }
}

const insecure = (origin: string): string => origin.replace('127.0.0.1', 'app.test');

export const numbers = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);
