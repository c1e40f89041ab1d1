import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A headless Chromium that notes what its pages complain about and whom they ask. */
export class BrowserRig {
  /** Errors of scripts, of the console (broken content policies among them) and of failed loads. */
  readonly complaints: string[] = [];
  /** Every host that a page asked for something. */
  readonly hosts = new Set<string>();

  private constructor(private readonly browser: Browser) {}

  static async start(): Promise<BrowserRig> {
    const executablePath = process.env['CHROMIUM_BIN'] ?? '/usr/bin/chromium';
    return new BrowserRig(await chromium.launch({ executablePath, args: FLAGS }));
  }

  /** A page in a profile of its own, as another person's browser. */
  async open(url: string, options: BrowserContextOptions = {}): Promise<Page> {
    const page = await this.browser.newPage(options);
    page.setDefaultTimeout(15_000);
    page.on('pageerror', (error) => this.complaints.push(error.message));
    page.on('console', (message) => message.type() === 'error' && this.complaints.push(message.text()));
    page.on('request', (request) => this.hosts.add(new URL(request.url()).host));
    page.on('websocket', (socket) => this.hosts.add(new URL(socket.url()).host));
    await page.goto(url);
    return page;
  }

  async close(): Promise<void> {
    await this.browser.close();
  }
}
