import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { PostriderRig } from '../support/postrider-rig.js';
import { until } from '../support/wait.js';

let rig: PostriderRig;

const note = (user: string) => ({ to: { user }, type: 'note', data: 1 });
const post = async (node: number, key = rig.apiKey): Promise<Response> =>
  fetch(`${rig.server(node).url}/v1/notifications`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(note('a')),
  });

describe('guessing API keys', () => {
  beforeAll(async () => {
    rig = await PostriderRig.start({
      env: { UNLIMITED_ADDRESSES: '192.0.2.1', FAILED_KEYS_PER_ADDRESS: '5', TRUSTED_PROXIES: '127.0.0.1' },
    });
  });
  afterAll(() => rig?.close());

  const ask = async (key: string, address: string): Promise<Response> =>
    fetch(`${rig.server().url}/v1/books`, { headers: { authorization: `Bearer ${key}`, 'x-forwarded-for': address } });

  it('is answered 429 after the limit, even for the right key; another address is not affected', async () => {
    for (let i = 0; i < 5; i++) expect((await ask(`guess-${i}`, '203.0.113.1')).status).toBe(401);
    const late = await ask(rig.apiKey, '203.0.113.1');
    expect(late.status).toBe(429);
    expect(Number(late.headers.get('retry-after'))).toBeGreaterThan(50);
    expect(await late.json()).toMatchObject({ code: 'rate_limited', retryable: true });
    expect((await ask(rig.apiKey, '203.0.113.2')).status).toBe(200);
    const { body } = await rig.rest().get<string>('/metrics');
    expect(body).toContain('postrider_limited_total{limit="failed_keys"} 1\n');
  });
});

describe('a key beyond its rate', () => {
  afterEach(() => rig?.close());

  it('learns what it has left, and is refused at all nodes together', async () => {
    rig = await PostriderRig.start({ nodes: 2, env: { REST_RATE_PER_KEY: '5' } });
    const first = await post(0);
    expect(first.status).toBe(202);
    expect(first.headers.get('ratelimit-limit')).toBeNull();
    const sent: number[] = [];
    const told: number[] = [];
    for (let i = 0; i < 100; i++) {
      const { status, headers } = await post(i % 2);
      sent.push(status);
      if (headers.get('ratelimit-limit') === '50') told.push(Number(headers.get('ratelimit-remaining')));
    }
    expect(told[0]).toBeGreaterThan(10);
    expect(told[0]).toBeLessThan(25);
    expect(told.at(-1)).toBe(0);
    const taken = sent.filter((status) => status === 202).length;
    // Nodes may not have told each other up to a tenth of the share each.
    expect(taken).toBeGreaterThanOrEqual(49);
    expect(taken).toBeLessThanOrEqual(60);
    const refused = await post(0);
    expect(refused.status).toBe(429);
    expect(refused.headers.get('ratelimit-remaining')).toBe('0');
    expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(10);
    expect(await refused.json()).toMatchObject({ code: 'rate_limited' });
    expect((await post(0, rig.otherKey)).status).toBe(202);
    await until(async () => (await post(1)).status === 202, { timeoutMs: 15_000, everyMs: 250 });
  });

  it('is charged for each notification of a batch', async () => {
    rig = await PostriderRig.start({ env: { REST_RATE_PER_KEY: '5' } });
    const batch = (count: number) =>
      rig.rest().call('POST', '/v1/notifications/batch', {
        body: { notifications: Array.from({ length: count }, () => note('a')) },
      });
    expect((await batch(45)).status).toBe(207);
    expect((await batch(45)).status).toBe(429);
    expect((await batch(5)).status).toBe(207);
  });

  it('is limited by each node separately while Redis is away', async () => {
    rig = await PostriderRig.start({ env: { REST_RATE_PER_KEY: '5' } });
    await rig.redis.kill();
    const statuses: number[] = [];
    for (let i = 0; i < 80; i++) statuses.push((await post(0)).status);
    expect(statuses).toContain(429);
    expect(new Set(statuses)).toEqual(new Set([503, 429]));
  });
});
