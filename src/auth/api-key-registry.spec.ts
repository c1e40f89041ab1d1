import { describe, expect, it } from '@jest/globals';
import { Config } from '../config/config.js';
import { RedisClock } from '../clock/redis-clock.js';
import { ApiKeyRegistry } from './api-key-registry.js';
import { KeyFile } from './key-file.js';

const config = Config.from({
  JWT_SECRET: 'a-secret-of-at-least-16',
  REDIS_URL: 'redis://127.0.0.1:6379',
  API_KEYS: 'main:shop:0123456789abcdef,crm:mail:fedcba9876543210',
});
const registry = new ApiKeyRegistry(config, new KeyFile(config), new RedisClock());

describe('grantOf', () => {
  it('knows each key, with all scopes', () => {
    const scopes = new Set(['publish', 'read', 'admin']);
    expect(registry.grantOf('0123456789abcdef')).toEqual({ publisher: { app: 'main', name: 'shop' }, scopes });
    expect(registry.grantOf('fedcba9876543210')).toEqual({ publisher: { app: 'crm', name: 'mail' }, scopes });
  });

  it('knows the key of an internal app once it is admitted, with its scopes', () => {
    const scopes = new Set(['publish', 'read'] as const);
    expect(registry.grantOf('internal')).toBeUndefined();
    registry.admit({ app: 'postrider.pages', name: 'pages', key: 'internal', scopes });
    expect(registry.grantOf('internal')).toEqual({ publisher: { app: 'postrider.pages', name: 'pages' }, scopes });
    expect(registry.apps).toEqual(['main', 'crm', 'postrider.pages']);
  });

  it.each(['', '0123456789abcde', '0123456789abcdef ', '0123456789ABCDEF', 'main:shop:0123456789abcdef'])(
    'does not know %j',
    (key) => expect(registry.grantOf(key)).toBeUndefined(),
  );

  it('does not keep keys as text', () => {
    expect(JSON.stringify(registry)).not.toContain('0123456789abcdef');
  });
});
