import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import { Config } from '../config/config.js';
import { RedisClock } from '../clock/redis-clock.js';
import { JwtAuthenticator } from './jwt-authenticator.js';

const JWT_SECRET = 'a-secret-of-at-least-16';
const secret = new TextEncoder().encode(JWT_SECRET);
const config = (env: Record<string, string> = {}): Config =>
  Config.from({ JWT_SECRET, REDIS_URL: 'redis://127.0.0.1:6379', API_KEYS: 'main:test:0123456789abcdef', ...env });
const authenticator = new JwtAuthenticator(config());

const nowSeconds = (): number => Math.floor(Date.now() / 1_000);
const claims = (more: JWTPayload = {}): JWTPayload => ({ sub: 'alice', exp: nowSeconds() + 60, ...more });
const signed = (payload: JWTPayload, alg = 'HS256', key: Parameters<SignJWT['sign']>[0] = secret): Promise<string> =>
  new SignJWT(payload).setProtectedHeader({ alg }).sign(key);

async function refusalOf(token: string): Promise<unknown> {
  return authenticator.authenticate(token).then(
    (identity) => ({ identity }),
    (error: unknown) => error,
  );
}

describe('JwtAuthenticator', () => {
  it('returns the identity of a valid token, with app main by default', async () => {
    const exp = nowSeconds() + 60;
    await expect(authenticator.authenticate(await signed(claims({ exp })))).resolves.toEqual({
      user: 'alice',
      app: 'main',
      expiresAtMs: exp * 1_000,
      topics: [],
      publish: [],
    });
  });

  it('reads app and patterns from the claims, and nothing else', async () => {
    const token = await signed(claims({ app: 'shop', topics: ['orders.*'], publish: ['chat'], role: 'admin' }));
    const identity = await authenticator.authenticate(token);
    expect(identity).toMatchObject({ app: 'shop', topics: ['orders.*'], publish: ['chat'] });
    expect(identity).not.toHaveProperty('role');
  });

  it.each([
    ['one just expired', () => signed(claims({ exp: nowSeconds() - 1 }))],
    ['one of another secret', () => signed(claims(), 'HS256', new TextEncoder().encode('another-secret-of-16'))],
    ['alg none', async () => new UnsecuredJWT(claims()).encode()],
    ['HS512', () => signed(claims(), 'HS512', new TextEncoder().encode(JWT_SECRET.repeat(4)))],
    ['RS256', () => signed(claims(), 'RS256', generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey)],
    ['no sub', () => signed({ exp: nowSeconds() + 60 })],
    ['no exp', () => signed({ sub: 'alice' })],
    ['one not valid yet', () => signed(claims({ nbf: nowSeconds() + 60 }))],
    ['an empty sub', () => signed(claims({ sub: '' }))],
    ['a sub with a space', () => signed(claims({ sub: 'a b' }))],
    ['a sub with a brace', () => signed(claims({ sub: 'a{1}' }))],
    ['a long sub', () => signed(claims({ sub: 'x'.repeat(129) }))],
    ['a bad app', () => signed(claims({ app: 'a:b' }))],
    ['topics that are no list', () => signed(claims({ topics: 'orders' }))],
    ['a pattern that is no text', () => signed(claims({ publish: [1] }))],
    ['no token', async () => ''],
    ['noise', async () => 'a.b.c'],
    ['a cut signature', async () => (await signed(claims())).slice(0, -2)],
  ])('refuses %s', async (_, token) => {
    expect(await refusalOf(await token())).toMatchObject({ code: 'unauthorized', status: 401 });
  });

  it('says that a token has expired, and never repeats a token', async () => {
    const token = await signed(claims({ exp: nowSeconds() - 1 }));
    const refusal = await refusalOf(token);
    expect(refusal).toMatchObject({ detail: 'The token has expired. Send a new one.' });
    expect(String(refusal)).not.toContain(token);
  });

  it.each([0, 90_000, -3_600_000, 3_600_000])(
    'uses the clock of Redis if the wall clock is off by %d ms',
    async (aheadMs) => {
      const redisMs = 1_772_366_400_000;
      const clock = new RedisClock({ monotonic: () => 0, wall: () => redisMs + aheadMs });
      clock.observe(0, redisMs, 0);
      const judge = new JwtAuthenticator(config(), undefined, clock);
      const inSeconds = (seconds: number): number => redisMs / 1_000 + seconds;
      const fresh = await signed({ sub: 'ada', iat: inSeconds(0), nbf: inSeconds(0), exp: inSeconds(60) });
      await expect(judge.authenticate(fresh)).resolves.toMatchObject({ user: 'ada', issuedAtMs: redisMs });
      const over = await signed({ sub: 'ada', exp: inSeconds(-1) });
      await expect(judge.authenticate(over)).rejects.toMatchObject({
        detail: 'The token has expired. Send a new one.',
      });
      const early = await signed({ sub: 'ada', nbf: inSeconds(1), exp: inSeconds(60) });
      await expect(judge.authenticate(early)).rejects.toMatchObject({
        detail: 'The claim nbf is not valid. Send a new token.',
      });
    },
  );

  it.each([
    ['exp', 0, -300, -301],
    ['nbf', 0, 300, 301],
    ['iat', 60, 360, 362],
  ])('gives %s the leeway and no more', async (claim, without, within, beyond) => {
    const redisMs = 1_772_366_400_000;
    const clock = new RedisClock({ monotonic: () => 0, wall: () => 0 });
    clock.observe(0, redisMs, 0);
    const tokenOf = (seconds: number): Promise<string> =>
      signed({ sub: 'ada', exp: redisMs / 1_000 + 60, [claim]: redisMs / 1_000 + seconds });
    const strict = new JwtAuthenticator(config(), undefined, clock);
    const lenient = new JwtAuthenticator(config({ JWT_LEEWAY_MS: '300000' }), undefined, clock);
    const step = Math.sign(within);
    await expect(strict.authenticate(await tokenOf(without + (claim === 'exp' ? 1 : 0)))).resolves.toBeDefined();
    await expect(strict.authenticate(await tokenOf(without + 2 * step))).rejects.toMatchObject({
      code: 'unauthorized',
    });
    await expect(lenient.authenticate(await tokenOf(within - step))).resolves.toBeDefined();
    await expect(lenient.authenticate(await tokenOf(beyond + step))).rejects.toMatchObject({ code: 'unauthorized' });
  });
});
