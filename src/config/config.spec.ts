import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { Config, ConfigError } from './config.js';

const required = {
  REDIS_URL: 'redis://127.0.0.1:6379/3',
  API_KEYS: 'main:shop:0123456789abcdef',
  JWT_SECRET: 'a-secret-of-at-least-16',
};

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    Config.from({ ...required, ...env });
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('Config.from', () => {
  it('fills in the defaults', () => {
    const config = Config.from(required);
    expect(config).toMatchObject({
      port: 3000,
      host: '::',
      keyPrefix: 'pr',
      confirm: { mode: 'local' },
      ackWaitMs: 30_000,
    });
    expect([...config.roles]).toEqual(['api', 'gateway', 'worker']);
    expect(config.nodeId).toMatch(/^[A-Za-z0-9._-]+$/);
    expect(config).toBeInstanceOf(Config);
  });

  it('treats an empty variable as unset', () => {
    expect(Config.from({ ...required, PORT: '', WS_ORIGINS: '' })).toMatchObject({ port: 3000, wsOrigins: new Set() });
  });

  it('parses lists, sizes and modes', () => {
    const config = Config.from({
      ...required,
      API_KEYS: 'main:shop:0123456789abcdef, other:crm:abc:def:0123456789',
      ROLES: 'worker, api',
      CONFIRM: 'replicated:2',
      WS_ORIGINS: 'https://Shop.example, http://127.0.0.1:8080',
      WS_WINDOW: '1',
    });
    expect(config.apiKeys).toEqual([
      { app: 'main', name: 'shop', key: '0123456789abcdef' },
      { app: 'other', name: 'crm', key: 'abc:def:0123456789' },
    ]);
    expect(config.roles).toEqual(new Set(['api', 'worker']));
    expect(config.confirm).toEqual({ mode: 'replicated', replicas: 2 });
    expect(config.wsOrigins).toEqual(new Set(['https://shop.example', 'http://127.0.0.1:8080']));
    expect(config.wsWindow).toBe(1);
  });

  it('parses networks of proxies; the list may be empty', () => {
    expect(Config.from(required).trustedProxies).toEqual([]);
    expect(Config.from({ ...required, TRUSTED_PROXIES: '10.0.0.0/8, ::1' }).trustedProxies).toEqual([
      '10.0.0.0/8',
      '::1',
    ]);
    for (const TRUSTED_PROXIES of ['proxy', '10.0.0.0/33', '*', 'true']) {
      expect(problemsOf({ TRUSTED_PROXIES })).toEqual([expect.stringMatching(/^TRUSTED_PROXIES: must be/)]);
    }
  });

  it.each([
    [{}, 'none'],
    [{ NODE_ENV: 'production' }, 9464],
    [{ NODE_ENV: 'production', ADMIN_PORT: 'none' }, 'none'],
    [{ ADMIN_PORT: '0' }, 0],
  ])('with %j has the admin port %s', (env, adminPort) => {
    expect(Config.from({ ...required, ...env }).adminPort).toBe(adminPort);
  });

  it.each([
    [{ ADMIN_PORT: '65536' }, 'ADMIN_PORT: must be at most 65535'],
    [{ ADMIN_PORT: 'any' }, 'ADMIN_PORT: must be none or a port number up to 65535'],
    [{ ADMIN_PORT: '3000' }, 'ADMIN_PORT: must differ from PORT'],
    [{ TLS_CERT_FILE: 'a.pem' }, 'TLS_CERT_FILE: must be set together with TLS_KEY_FILE'],
    [{ REDIS_TLS_KEY_FILE: 'a.pem' }, 'REDIS_TLS_CERT_FILE: must be set together with REDIS_TLS_KEY_FILE'],
  ])('refuses %j', (env, problem) => {
    expect(problemsOf(env as Record<string, string>)).toEqual([problem]);
  });

  it('parses admin keys; the list may be empty', () => {
    expect(Config.from(required).adminKeys).toEqual([]);
    const { adminKeys } = Config.from({ ...required, ADMIN_KEYS: 'ada:0123456789, ben:a:b' });
    expect(adminKeys).toEqual([
      { name: 'ada', key: '0123456789' },
      { name: 'ben', key: 'a:b' },
    ]);
    expect(problemsOf({ ADMIN_KEYS: 'ada' })).toEqual([expect.stringMatching(/^ADMIN_KEYS: entry 1 must be name:key/)]);
    expect(problemsOf({ ADMIN_KEYS: 'a:x,a:y' })).toEqual([expect.stringMatching(/entry 2 repeats/)]);
    expect(problemsOf({ ADMIN_KEYS: 'ada:0123456789abcdef' })).toEqual([
      'ADMIN_KEYS: must not contain a key of API_KEYS',
    ]);
    expect(problemsOf({ ADMIN_KEYS: 'ada:short', NODE_ENV: 'production' })).toEqual([
      'ADMIN_KEYS: must have at least 16 characters in each key in production',
    ]);
  });

  it('parses JWT keys, former secrets and required claims', () => {
    const config = Config.from({
      ...required,
      JWKS_URL: 'https://id.example/jwks.json',
      JWT_SECRETS_PREVIOUS: 'a-former-secret-of-24-ch, another-of-at-least-16',
      JWT_ALGORITHMS: 'EdDSA, ES256',
      JWT_ISSUER: 'https://id.example',
      JWT_AUDIENCE: 'a, b',
    });
    expect(config).toMatchObject({
      jwksUrl: new URL('https://id.example/jwks.json'),
      jwtSecretsPrevious: ['a-former-secret-of-24-ch', 'another-of-at-least-16'],
      jwtAlgorithms: ['ES256', 'EdDSA'],
      jwtIssuer: ['https://id.example'],
      jwtAudience: ['a', 'b'],
      jwtLeewayMs: 0,
    });
    expect(Config.from(required)).toMatchObject({ jwtSecretsPrevious: [], jwtIssuer: [], jwtAudience: [] });
  });

  it.each([
    [{ JWKS_URL: 'https://id.example/k', JWKS_FILE: '/k' }, 'JWKS_FILE: cannot be used together with JWKS_URL'],
    [{ JWT_ALGORITHMS: 'HS256,RS256' }, 'JWT_ALGORITHMS: lists algorithms that require JWKS_URL or JWKS_FILE'],
    [{ NODE_ENV: 'production', JWKS_URL: 'http://id.example/k' }, /^JWKS_URL: must be https in production/],
    [{ NODE_ENV: 'production', JWKS_URL: 'http://127.0.0.1.evil.example/k' }, /^JWKS_URL: must be https/],
    [{ NODE_ENV: 'production', JWT_SECRETS_PREVIOUS: 'short' }, /^JWT_SECRETS_PREVIOUS: must have at least 16/],
  ])('refuses %j', (env, problem) => {
    expect(problemsOf(env)).toEqual([expect.stringMatching(problem)]);
  });

  it.each(['https://id.example/k', 'http://127.0.0.1:9000/k', 'http://localhost/k', 'http://[::1]/k'])(
    'accepts keys from %s in production',
    (url) => expect(problemsOf({ NODE_ENV: 'production', JWKS_URL: url })).toEqual([]),
  );

  it('requires no API_KEYS if API_KEYS_FILE is set', () => {
    expect(problemsOf({ API_KEYS: '', API_KEYS_FILE: '/keys.json' })).toEqual([]);
  });

  it('enables the demo by default except in production', () => {
    expect(Config.from(required).demo).toBe(true);
    expect(Config.from({ ...required, NODE_ENV: 'production' }).demo).toBe(false);
    expect(Config.from({ ...required, NODE_ENV: 'production', DEMO: 'true' }).demo).toBe(true);
  });

  it('is a development run if NODE_ENV is unset', () => {
    expect(Config.from(required)).toMatchObject({ nodeEnv: 'development', wsQueryToken: true });
  });

  it.each([
    ['JWT_SECRET', 'short'],
    ['API_KEYS', 'main:shop:0123456789abcdef,main:crm:short'],
  ])('accepts a short %s except in production', (name, value) => {
    expect(problemsOf({ [name]: value })).toEqual([]);
    expect(problemsOf({ [name]: value, NODE_ENV: 'test' })).toEqual([]);
    expect(problemsOf({ [name]: value, NODE_ENV: 'production' })).toEqual([
      expect.stringMatching(`^${name}: must have at least 16 characters.* in production$`),
    ]);
  });

  it.each([
    ['production', false],
    ['development', true],
    ['test', true],
  ])('in %s accepts query tokens by default: %s', (nodeEnv, expected) => {
    expect(Config.from({ ...required, NODE_ENV: nodeEnv }).wsQueryToken).toBe(expected);
    expect(Config.from({ ...required, NODE_ENV: nodeEnv, WS_QUERY_TOKEN: String(!expected) }).wsQueryToken).toBe(
      !expected,
    );
  });

  it.each(Object.keys(required))('requires %s', (name) => {
    expect(problemsOf({ [name]: '' })).toEqual([`${name}: is required`]);
  });

  it.each([
    'redis://h:6379',
    'rediss://user:pw@h:6380/1',
    'redis+sentinel://h1:1,h2:2/main?db=0',
    'rediss+cluster://h1:1,h2:2',
  ])('accepts REDIS_URL %s', (url) => {
    expect(problemsOf({ REDIS_URL: url })).toEqual([]);
  });

  it.each([
    ['REDIS_URL', 'http://h:6379'],
    ['REDIS_URL', 'redis://h:6379/staging'],
    ['REDIS_URL', 'redis://h1:6379,h2:6379'],
    ['REDIS_URL', 'redis://ann:planted%zz@h'],
    ['PORT', '70000'],
    ['PORT', '80x'],
    ['PORT', '-1'],
    ['WS_WINDOW', '1025'],
    ['WS_WINDOW', '0'],
    ['ROLES', 'api,cook'],
    ['NODE_ENV', 'staging'],
    ['NODE_ID', 'a b'],
    ['CONFIRM', 'replicated:0'],
    ['API_KEYS', 'main:shop:'],
    ['API_KEYS', 'main:a:0123456789abcdef,main:b:0123456789abcdef'],
    ['WS_QUERY_TOKEN', 'yes'],
    ['WS_ORIGINS', 'https://*.*.shop.example'],
    ['JWKS_URL', 'file:///etc/keys'],
    ['JWKS_URL', 'id.example'],
    ['JWT_ALGORITHMS', 'none'],
    ['JWT_LEEWAY_MS', '600001'],
    ['SWEEP_MS', '3000000000'],
    ['IDEMPOTENCY_TTL_MS', '999'],
  ])('refuses %s=%s without repeating the value', (name, value) => {
    const problems = problemsOf({ [name]: value });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(new RegExp(`^${name}: `));
    expect(problems[0]).not.toContain(value);
  });

  it('refuses the example secrets in production and names all of them', () => {
    const example = readFileSync(new URL('../../docker/k8s/base/secrets.env.example', import.meta.url), 'utf8');
    const env = Object.fromEntries([...example.matchAll(/^([A-Z_]+)=(.*)$/gm)].map(([, name, value]) => [name, value]));
    const refused = problemsOf({ ...env, NODE_ENV: 'production' });
    expect(refused.map((problem) => problem.replace(/: is a placeholder.*/, '')).toSorted()).toEqual(
      Object.keys(env).toSorted(),
    );
    expect(problemsOf({ ...env, NODE_ENV: 'development' })).toEqual([]);
  });

  it.each([
    ['JWT_SECRET', '<16 characters or more>'],
    ['JWT_SECRET', 'please-change-me-now'],
    ['JWT_SECRETS_PREVIOUS', 'a-secret-of-16-characters-or-more'],
    ['REDIS_URL', 'redis+sentinel://:0123456789abcdef@h/main?sentinelPassword=change-me-to-a-long-random-one'],
  ])('refuses %s=%s in production', (name, value) => {
    expect(problemsOf({ [name]: value, NODE_ENV: 'production' })).toEqual([
      expect.stringMatching(`^${name}: is a placeholder`),
    ]);
  });

  it('names all problems at once, including those between variables', () => {
    const production = { NODE_ENV: 'production', JWT_SECRET: 'short' };
    expect(problemsOf({ ...production, PORT: 'x', RECORD_RETENTION_MS: '1000' })).toEqual([
      expect.stringMatching(/^PORT: /),
      'RECORD_RETENTION_MS: must be at least IDEMPOTENCY_TTL_MS',
      expect.stringMatching(/^JWT_SECRET: /),
    ]);
  });
});
