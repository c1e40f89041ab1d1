import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PostriderRig } from '../support/postrider-rig.js';

describe('the API page', () => {
  let rig: PostriderRig;
  let url: string;

  beforeAll(async () => {
    rig = await PostriderRig.start();
    url = rig.server().url;
  });

  afterAll(() => rig?.close());

  it('needs no other server than this one', async () => {
    const page = await fetch(`${url}/docs`);
    expect([page.status, page.headers.get('content-type')]).toEqual([200, expect.stringMatching(/^text\/html/)]);
    const html = await page.text();
    const parts = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].flatMap(([, part]) => part ?? []);
    expect(parts.length).toBeGreaterThan(3);
    for (const part of parts) {
      const address = new URL(part, `${url}/docs`);
      expect(address.origin).toBe(url);
      const response = await fetch(address);
      await response.arrayBuffer();
      expect([part, response.status]).toEqual([part, 200]);
    }
  });

  it('is served beside its document', async () => {
    const response = await fetch(`${url}/docs/json`);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ openapi: '3.0.0', paths: { '/v1/notifications': { post: {} } } });
  });
});
