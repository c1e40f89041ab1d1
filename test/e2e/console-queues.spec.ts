import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ConsoleClient } from '../support/console-client.js';
import { PostriderRig } from '../support/postrider-rig.js';

const ADMIN_KEY = 'an-admin-key-of-the-test';
const BOARD = '/console/queues';

describe('the board of the queues', () => {
  let rig: PostriderRig;
  let url: string;
  let cookie: string;

  beforeAll(async () => {
    rig = await PostriderRig.start({ env: { ADMIN_KEYS: `ada:${ADMIN_KEY}`, KEY_PREFIX: 'other' } });
    ({ url } = rig.server());
    cookie = (await ConsoleClient.signIn(url, ADMIN_KEY)).console?.cookie ?? '';
  });

  afterAll(() => rig?.close());

  const ask = (path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(`${url}${BOARD}${path}`, { ...init, headers: { cookie, ...init.headers } });

  it('redirects a browser that is not signed in to the console, and refuses programs', async () => {
    for (const path of ['', '/', '/queue/guard']) {
      const page = await ask(path, { headers: { cookie: '', accept: 'text/html,*/*' }, redirect: 'manual' });
      expect([page.status, page.headers.get('location')]).toEqual([302, '/console']);
    }
    for (const path of ['/api/queues', '/static/js/none.js', '/api/queues/guard/none']) {
      expect((await ask(path, { headers: { cookie: 'postrider_console=x' } })).status).toBe(401);
    }
    const key = await ask('/api/queues', { headers: { cookie: '', authorization: `Bearer ${rig.apiKey}` } });
    expect(key.status).toBe(401);
  });

  it('lists the three queues', async () => {
    const answer = await ask('/api/queues');
    expect(answer.status).toBe(200);
    const { queues } = (await answer.json()) as { queues: { name: string; counts: object }[] };
    expect(queues.map(({ name }) => name).toSorted()).toEqual(['guard', 'release', 'sweep']);
    expect(queues[0]?.counts).toMatchObject({ failed: 0 });
  });

  it('needs no other server than this one', async () => {
    const page = await ask('/');
    expect([page.status, page.headers.get('content-security-policy')]).toEqual([
      200,
      expect.stringContaining("default-src 'none'; script-src 'self'"),
    ]);
    const html = await page.text();
    expect(html).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
    const parts = [...html.matchAll(/(?:src|href)="(static\/[^"]+)"/g)].map(([, part]) => part);
    expect(parts.length).toBeGreaterThan(2);
    for (const part of parts) expect([part, (await ask(`/${part}`)).status]).toEqual([part, 200]);
  });

  /**
   * Pauses a queue by a raw request, because `fetch` does not let the caller choose the `Origin`.
   */
  const pause = (origin: string): Promise<number> =>
    new Promise((resolve, reject) => {
      const sent = request(
        `${url}${BOARD}/api/queues/guard/pause`,
        { method: 'PUT', headers: { cookie, origin } },
        (answer) => {
          answer.resume();
          resolve(answer.statusCode ?? 0);
        },
      );
      sent.on('error', reject).end();
    });

  it('obeys the board, and no other page', async () => {
    const isPaused = async (): Promise<boolean> => {
      const { queues } = (await (await ask('/api/queues')).json()) as { queues: { name: string; isPaused: boolean }[] };
      return queues.find(({ name }) => name === 'guard')?.isPaused ?? false;
    };
    expect(await pause('http://127.0.0.1:1')).toBe(403);
    expect(await isPaused()).toBe(false);
    expect(await pause(url)).toBe(200);
    expect(await isPaused()).toBe(true);
    expect((await ask('/api/queues/guard/resume', { method: 'PUT' })).status).toBe(200);
  });
});
