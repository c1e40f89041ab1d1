import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const executable = (): string => process.env['CHROMIUM_BIN'] ?? '/usr/bin/chromium';

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // Names of sites that the browser does not treat as this machine, so that they are insecure
  // without HTTPS.
  '--host-resolver-rules=MAP *.test 127.0.0.1',
];

/** Headless Chromium that records the complaints of its pages and the hosts that they call. */
export class BrowserRig {
  /**
   * Errors of scripts, console errors (including violations of content policies) and failed loads.
   */
  readonly complaints: string[] = [];
  /** Every host that a page called. */
  readonly hosts = new Set<string>();

  private constructor(private readonly browser: Browser) {}

  static async start(): Promise<BrowserRig> {
    return new BrowserRig(await chromium.launch({ executablePath: executable(), args: FLAGS }));
  }

  /** Opens a page in a new profile, like another person's browser. */
  async open(url: string, options: BrowserContextOptions = {}): Promise<Page> {
    const page = await this.browser.newPage(options);
    page.setDefaultTimeout(60_000);
    page.on('pageerror', (error) => this.complaints.push(error.message));
    page.on('console', (message) => message.type() === 'error' && this.complaints.push(message.text()));
    page.on('request', (request) => this.hosts.add(new URL(request.url()).host));
    page.on('websocket', (socket) => this.hosts.add(new URL(socket.url()).host));
    await page.goto(url);
    return page;
  }

  /** Creates a profile for several tabs, which share storage. */
  async profile(): Promise<BrowserContext> {
    const context = await this.browser.newContext();
    context.setDefaultTimeout(60_000);
    return context;
  }

  /** Creates a profile that lets no page store anything. The caller closes it. */
  static async withoutStorage(folder: string): Promise<BrowserContext> {
    const cookies = 2; // Block, which takes away all storage.
    await mkdir(join(folder, 'Default'), { recursive: true });
    const preferences = { profile: { default_content_setting_values: { cookies } } };
    await writeFile(join(folder, 'Default/Preferences'), JSON.stringify(preferences));
    const context = await chromium.launchPersistentContext(folder, { executablePath: executable(), args: FLAGS });
    context.setDefaultTimeout(60_000);
    return context;
  }

  /** Closes every open page and profile. */
  async closePages(): Promise<void> {
    await Promise.all(this.browser.contexts().map((context) => context.close()));
  }

  async close(): Promise<void> {
    await this.browser.close();
  }
}
