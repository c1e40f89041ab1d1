import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PostriderRig } from '../support/postrider-rig.js';

describe.each(['development', 'production'])('the pages of a server in %s', (nodeEnv) => {
  let rig: PostriderRig;
  let url: string;

  beforeAll(async () => {
    rig = await PostriderRig.start({ env: { NODE_ENV: nodeEnv } });
    ({ url } = rig.server());
  });

  afterAll(() => rig?.close());

  it.each(['/', '/console'])('at %s need no other server, and their assets may be cached forever', async (path) => {
    const page = await fetch(url + path);
    expect([page.status, page.headers.get('cache-control')]).toEqual([200, 'no-cache']);
    expect(page.headers.get('content-security-policy')).toContain(
      "default-src 'none'; script-src 'self'; style-src 'self'",
    );
    const html = await page.text();
    expect(html).not.toMatch(/<script(?![^>]*\ssrc=)[^>]*>|\sstyle=|\son[a-z]+=/);
    const parts = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, part = '']) => part);
    // Without a leading slash, so that it works under any path of a proxy.
    expect(parts.filter((part) => /^\/|:/.test(part))).toEqual([]);
    const assets = parts.filter((part) => part.startsWith('assets/'));
    expect(assets.length).toBeGreaterThan(1);
    for (const part of assets) {
      const asset = await fetch(`${url}/${part}`);
      await asset.arrayBuffer();
      expect([part, asset.status]).toEqual([part, 200]);
      expect(asset.headers.get('cache-control')).toContain('immutable');
      expect(asset.headers.get('content-type')).toMatch(/^(text\/(javascript|css)|image\/)/);
    }
  });

  it.each([
    ['postrider.js', ['./refusal.js', './storage.js']],
    ['storage.js', []],
    ['refusal.js', []],
  ])('gives %s to pages of other hosts', async (file, parts) => {
    const answer = await fetch(`${url}/client/${file}`, { headers: { origin: 'https://shop.example' } });
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([200, '*']);
    expect(answer.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    const code = await answer.text();
    expect(code).not.toMatch(/^import|[;}]import[ {*]/);
    expect([...code.matchAll(/import\([`'"](.*?)[`'"]\)/g)].map(([, part]) => part).toSorted()).toEqual(parts);
  });
});
