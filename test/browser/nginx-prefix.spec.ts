import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BrowserRig } from '../support/browser-rig.js';
import { Child } from '../support/child-process.js';
import { openConsole, startConsoleRig } from '../support/console-page.js';
import { freePort } from '../support/free-port.js';
import type { PostriderRig } from '../support/postrider-rig.js';
import { until } from '../support/wait.js';

const NGINX = process.env['NGINX_BIN'];

/** Configuration of docs/nginx.md, with process files that only this test uses. */
const configurationOf = (folder: string, port: number, node: number): string => `
error_log ${folder}/error.log;
pid ${folder}/nginx.pid;
events {}
http {
  access_log off;
  client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/f; uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;
  server {
    listen 127.0.0.1:${port};
    location = /push { return 308 /push/; }
    location /push/ {
      proxy_pass http://127.0.0.1:${node}/;
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection upgrade;
    }
  }
}`;

describe('behind a proxy that serves the server under a path', () => {
  let rig: PostriderRig;
  let browser: BrowserRig;
  let proxy: Child;
  let folder: string;
  let url: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'postrider-prefix-'));
    const env = { PUBLIC_PATH: '/push/' };
    [rig, browser] = await Promise.all([startConsoleRig({ env }), BrowserRig.start()]);
    const port = await freePort();
    await writeFile(join(folder, 'nginx.conf'), configurationOf(folder, port, rig.server().port));
    proxy = Child.spawn(NGINX ?? 'nginx', ['-c', join(folder, 'nginx.conf'), '-g', 'daemon off;'], { detached: true });
    url = `http://127.0.0.1:${port}/push`;
    await until(async () => (await fetch(`${url}/health/live`)).ok, { what: 'the proxy answers' });
  });

  afterAll(async () => {
    await browser?.close();
    await proxy?.end('SIGKILL');
    await rig?.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('the console signs in, is live and shows the board of the queues', async () => {
    const page = await openConsole(browser, url, 'queues');
    const [cookie] = await page.context().cookies();
    expect(cookie?.path).toBe('/push/');
    const board = page.frameLocator('iframe');
    await board.getByText('Postrider queues').first().waitFor();
    await page.close();
    const again = await browser.open(`${url}/console/`);
    await again.getByRole('heading', { name: 'Postrider console' }).waitFor();
    expect(again.url()).toBe(`${url}/console`);
    await again.close();
    expect(browser.complaints).toEqual([]);
  });

  it('the demo gets its notifications', async () => {
    const page = await browser.open(`${url}/`);
    await page.locator('.state[data-state=open]').first().waitFor();
    await page.close();
    expect(browser.complaints).toEqual([]);
  });
});
