import { beforeEach, describe, expect, it } from '@jest/globals';
import { Config } from '../config/config.js';
import { Metrics } from '../observability/metrics.js';
import { type AddressLimit, AddressLimits } from './address-limits.js';

let metrics: Metrics;
let limits: AddressLimits;

beforeEach(() => {
  metrics = new Metrics();
  const config = Config.from({
    REDIS_URL: 'redis://127.0.0.1',
    API_KEYS: 'main:test:key',
    JWT_SECRET: 'secret',
    FAILED_KEYS_PER_ADDRESS: '3',
    WS_HANDSHAKES_PER_ADDRESS: '3',
  });
  limits = new AddressLimits(config, metrics);
});

const use = (limit: AddressLimit, address: string, times: number): void => {
  for (let i = 0; i < times; i++) limits.count(limit, address);
};

describe('AddressLimits', () => {
  it.each<[AddressLimit, string, number, boolean]>([
    ['failed_keys', '203.0.113.9', 3, true],
    ['handshakes', '203.0.113.9', 3, true],
    ['handshakes', '2001:db8::1', 3, true],
    ['handshakes', '203.0.113.9', 2, false],
    ['handshakes', '10.1.2.3', 100, false],
    ['handshakes', '::ffff:10.1.2.3', 100, false],
    ['handshakes', 'fd00::1', 100, false],
    ['failed_keys', '127.0.0.1', 100, false],
    ['sign_ins', '127.0.0.1', 10, true],
  ])('%s of %s, %i times: refused is %s', async (limit, address, times, refused) => {
    use(limit, address, times);
    const ask = (): void => limits.require(limit, address);
    if (!refused) return void expect(ask).not.toThrow();
    expect(ask).toThrow(expect.objectContaining({ code: 'rate_limited', retryAfterMs: expect.any(Number) }));
    expect(await metrics.text()).toContain(`\npostrider_limited_total{limit="${limit}"} 1\n`);
  });

  it('reports how many addresses it remembers', async () => {
    use('handshakes', '203.0.113.9', 2);
    use('failed_keys', '203.0.113.10', 1);
    expect(await metrics.text()).toContain('\npostrider_limit_addresses 2\n');
  });
});
