import { describe, expect, it } from '@jest/globals';
import { Config } from '../config/config.js';
import { ApiKeyRegistry } from './api-key.registry.js';

const registry = new ApiKeyRegistry(
  Config.from({
    JWT_SECRET: 'a-secret-of-at-least-16',
    REDIS_URL: 'redis://127.0.0.1:6379',
    API_KEYS: 'main:shop:0123456789abcdef,crm:mail:fedcba9876543210',
  }),
);

describe('publisherOf', () => {
  it('knows each key', () => {
    expect(registry.publisherOf('0123456789abcdef')).toEqual({ app: 'main', name: 'shop' });
    expect(registry.publisherOf('fedcba9876543210')).toEqual({ app: 'crm', name: 'mail' });
  });

  it.each(['', '0123456789abcde', '0123456789abcdef ', '0123456789ABCDEF', 'main:shop:0123456789abcdef'])(
    'does not know %j',
    (key) => expect(registry.publisherOf(key)).toBeUndefined(),
  );

  it('does not hold a key as text', () => {
    expect(JSON.stringify(registry)).not.toContain('0123456789abcdef');
  });
});
