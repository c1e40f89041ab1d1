import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SignJWT, UnsecuredJWT, base64url } from 'jose';
import { HandshakeRefused } from '../support/frame-socket.js';
import { type IssuerKey, IssuerRig, inAnHour, issuerKey, jwkOf, signedBy } from '../support/issuer-rig.js';
import { PostriderRig } from '../support/postrider-rig.js';
import type { Problem } from '../support/rest-types.js';
import { until } from '../support/wait.js';

const ISSUER = 'https://id.example';
const AUDIENCE = 'postrider';
const PREVIOUS = 'the-secret-before-this-one';
const HOUR_S = 3_600;

const nowS = (): number => Math.floor(Date.now() / 1_000);
const good = { sub: 'ada', iss: ISSUER, aud: AUDIENCE };

const rsa = issuerKey('rsa', 'RS256');
const pss = issuerKey('pss', 'PS256');
const ec = issuerKey('ec', 'ES256');
const ed = issuerKey('ed', 'EdDSA');
const thief = issuerKey('rsa', 'RS256');

/** Creates a JWT by hand, as no library would. */
function handMade(header: object, payload: object, sign: (text: string) => Buffer | string): string {
  const text = [header, payload].map((part) => base64url.encode(JSON.stringify(part))).join('.');
  return `${text}.${base64url.encode(sign(text))}`;
}

const hmac = (secret: string | Buffer) => (text: string) => createHmac('sha256', secret).update(text).digest();
const byHmac = (payload: object, secret: string): Promise<string> =>
  new SignJWT({ exp: inAnHour(), ...payload }).setProtectedHeader({ alg: 'HS256' }).sign(Buffer.from(secret));

describe('tokens of sockets', () => {
  let issuer: IssuerRig;
  let rig: PostriderRig;

  beforeAll(async () => {
    issuer = await IssuerRig.start(rsa, pss, ec, ed);
    const env = {
      JWKS_URL: issuer.url,
      JWKS_COOLDOWN_MS: '100',
      JWKS_REFRESH_MS: '300000',
      JWT_ISSUER: `${ISSUER},https://old.example`,
      JWT_AUDIENCE: AUDIENCE,
      JWT_SECRETS_PREVIOUS: PREVIOUS,
      TOKEN_MAX_BYTES: '2048',
    };
    rig = await PostriderRig.start({ env });
  });

  afterAll(async () => {
    await rig?.close();
    await issuer?.close();
  });

  const userOf = async (token: string): Promise<string> => {
    const socket = await rig.bareSocket({ token });
    const { user } = await socket.welcome();
    socket.cut();
    return user;
  };

  const refusalOf = async (token: string): Promise<[status: number, detail: string | undefined]> => {
    const thrown: unknown = await rig.bareSocket({ token }).catch((error: unknown) => error);
    if (!(thrown instanceof HandshakeRefused)) throw new Error('it was let in', { cause: thrown });
    const problem = JSON.parse(thrown.body) as Problem;
    expect(thrown.body).not.toContain(token);
    return [thrown.status, problem.detail];
  };

  it.each<[sent: string, token: () => Promise<string>]>([
    ['RS256', () => signedBy(rsa, good)],
    ['PS256', () => signedBy(pss, good)],
    ['ES256', () => signedBy(ec, good)],
    ['EdDSA', () => signedBy(ed, good)],
    ['HS256 with JWT_SECRET', () => byHmac(good, rig.tokens.secret)],
    ['HS256 with the secret before', () => byHmac(good, PREVIOUS)],
    [
      'one of two issuers, one of two audiences',
      () => signedBy(ec, { ...good, iss: 'https://old.example', aud: ['x', AUDIENCE] }),
    ],
  ])('are accepted: %s', async (_, token) => {
    expect(await userOf(await token())).toBe('ada');
  });

  const INVALID = 'The token is not valid. Send a new one.';
  const ALGORITHM = 'The algorithm of the token is not one of JWT_ALGORITHMS. Send a token with one of them.';

  it.each<[sent: string, back: string, token: () => string | Promise<string>]>([
    ['alg none', ALGORITHM, () => new UnsecuredJWT({ ...good, exp: inAnHour() }).encode()],
    ['alg None', ALGORITHM, () => handMade({ alg: 'None' }, { ...good, exp: inAnHour() }, () => '')],
    ['no alg', ALGORITHM, () => handMade({}, { ...good, exp: inAnHour() }, hmac('x'))],
    ['HS512 with the secret', ALGORITHM, () => rig.tokens.otherAlgorithm('ada')],
    [
      'HS256 with the public key as the secret, in PEM',
      INVALID,
      () =>
        handMade(
          { alg: 'HS256', kid: 'rsa' },
          { ...good, exp: inAnHour() },
          hmac(rsa.publicKey.export({ type: 'spki', format: 'pem' })),
        ),
    ],
    [
      'HS256 with the public key as the secret, as JWK',
      INVALID,
      () => handMade({ alg: 'HS256', kid: 'rsa' }, { ...good, exp: inAnHour() }, hmac(JSON.stringify(jwkOf(rsa)))),
    ],
    [
      'HS256 with the modulus as the secret',
      INVALID,
      () =>
        handMade(
          { alg: 'HS256', kid: 'rsa' },
          { ...good, exp: inAnHour() },
          hmac(Buffer.from(String(jwkOf(rsa).n), 'base64url')),
        ),
    ],
    ['RS256 with the kid of an EC key', INVALID, () => signedBy({ ...rsa, kid: 'ec' }, good)],
    ['PS256 with a key for RS256', INVALID, () => signedBy({ ...rsa, alg: 'PS256' }, good)],
    ['a kid that nobody has', INVALID, () => signedBy({ ...ec, kid: 'nobody' }, good)],
    ['a kid that is a path', INVALID, () => signedBy({ ...ec, kid: '../../dev/null' }, good)],
    ['another key under a known kid', INVALID, () => signedBy(thief, good)],
    ['a key of its own in the header', INVALID, () => signedBy(thief, good, { jwk: jwkOf(thief) })],
    ['an address of keys in the header', INVALID, () => signedBy(thief, good, { jku: issuer.url, x5u: issuer.url })],
    [
      'an extension that must be understood',
      INVALID,
      () => handMade({ alg: 'HS256', crit: ['more'], more: 1 }, { ...good, exp: inAnHour() }, hmac(rig.tokens.secret)),
    ],
    [
      'a payload that was changed',
      INVALID,
      async () => {
        const [header = '', , signature = ''] = (await signedBy(ec, good)).split('.');
        return [header, base64url.encode(JSON.stringify({ ...good, sub: 'eve', exp: inAnHour() })), signature].join(
          '.',
        );
      },
    ],
    ['no signature', INVALID, async () => (await signedBy(ec, good)).replace(/[^.]*$/, '')],
    ['half a signature', INVALID, async () => (await signedBy(ec, good)).slice(0, -20)],
    [
      'a signature of zeros',
      INVALID,
      () => handMade({ alg: 'ES256', kid: 'ec' }, { ...good, exp: inAnHour() }, () => Buffer.alloc(64)),
    ],
    [
      'one that ended a second ago',
      'The token has expired. Send a new one.',
      () => signedBy(ec, { ...good, exp: nowS() - 1 }),
    ],
    [
      'one without an end',
      'The claim exp is not valid. Send a new token.',
      () => signedBy(ec, { ...good, exp: undefined }),
    ],
    [
      'one that never ends',
      'The claim exp is not valid. Send a new token.',
      () => signedBy(ec, { ...good, exp: 1e300 }),
    ],
    [
      'one that is not valid yet',
      'The claim nbf is not valid. Send a new token.',
      () => signedBy(ec, { ...good, nbf: nowS() + HOUR_S }),
    ],
    [
      'one from the future',
      'The claim iat is more than a minute ahead. Set JWT_LEEWAY_MS if the clocks differ.',
      () => signedBy(ec, { ...good, iat: nowS() + HOUR_S }),
    ],
    [
      'another issuer',
      'The claim iss is not valid. Send a new token.',
      () => signedBy(ec, { ...good, iss: 'https://evil.example' }),
    ],
    ['no issuer', 'The claim iss is not valid. Send a new token.', () => signedBy(ec, { ...good, iss: undefined })],
    [
      'another audience',
      'The claim aud is not valid. Send a new token.',
      () => signedBy(ec, { ...good, aud: ['shop', 'postrider2'] }),
    ],
    [
      'no audience',
      'The claim aud is not valid. Send a new token.',
      () => byHmac({ sub: 'ada', iss: ISSUER }, rig.tokens.secret),
    ],
    [
      'an app of ours',
      'The claim app is not valid. Send a new token.',
      () => signedBy(ec, { ...good, app: 'postrider.system' }),
    ],
    [
      'a user with a brace',
      'The claim sub is not valid. Send a new token.',
      () => signedBy(ec, { ...good, sub: 'a{1}' }),
    ],
    [
      'a list for a user',
      'The claim sub is not valid. Send a new token.',
      () => handMade({ alg: 'HS256' }, { ...good, sub: ['ada'], exp: inAnHour() }, hmac(rig.tokens.secret)),
    ],
    [
      'a jti of 200 characters',
      'The claim jti is not valid. Send a new token.',
      () => signedBy(ec, { ...good, jti: 'x'.repeat(200) }),
    ],
    ['claims that are no object', INVALID, () => handMade({ alg: 'HS256' }, ['ada'], hmac(rig.tokens.secret))],
    ['noise', INVALID, () => 'a.b.c'],
    [
      'more than TOKEN_MAX_BYTES, well signed',
      'The token has more than 2048 bytes. Send a shorter one.',
      () => signedBy(ec, { ...good, more: 'x'.repeat(2_000) }),
    ],
  ])('are refused with 401: %s → %s', async (_, back, token) => {
    expect(await refusalOf(await token())).toEqual([401, back]);
  });

  it('are refused with 431 by the HTTP server itself if they exceed the header limit', async () => {
    const token = await signedBy(ec, { ...good, more: 'x'.repeat(40_000) });
    const thrown: unknown = await rig.bareSocket({ token }).catch((error: unknown) => error);
    expect(thrown).toMatchObject({ status: 431 });
  });

  it('are refused the same in hello and in refresh', async () => {
    const forged = await signedBy(thief, good);
    const late = await rig.bareSocket();
    expect(await late.request('hello', { token: forged }, 1)).toMatchObject({
      data: { code: 'unauthorized', message: INVALID },
    });
    expect((await late.ending()).code).toBe(4401);
    const socket = await rig.bareSocket({ token: await signedBy(ec, good) });
    await socket.welcome();
    expect(await socket.request('refresh', { token: forged }, 1)).toMatchObject({ data: { code: 'unauthorized' } });
    const huge = await rig.bareSocket();
    const more = await huge.request('hello', { token: await signedBy(ec, { ...good, more: 'x'.repeat(2_000) }) }, 1);
    expect(more).toMatchObject({
      data: { code: 'unauthorized', message: 'The token has more than 2048 bytes. Send a shorter one.' },
    });
  });

  it('follow a rotation of keys without a restart, and a removed key opens nothing more', async () => {
    const next: IssuerKey = issuerKey('next', 'ES256');
    issuer.publish(next);
    await until(async () => (await userOf(await signedBy(next, good))) === 'ada');
    expect(await refusalOf(await signedBy(ec, good))).toEqual([401, INVALID]);
    expect(await rig.rest().metric('postrider_jwks_fetches_total')).toBeGreaterThanOrEqual(2);
    issuer.publish(rsa, pss, ec, ed);
  });
});

describe('a server whose issuer does not answer', () => {
  it('serves all but tokens of that issuer, asks those to come back, and then accepts them', async () => {
    const issuer = await IssuerRig.start(ec);
    issuer.answer = (response) => response.writeHead(503).end();
    const rig = await PostriderRig.start({ env: { JWKS_URL: issuer.url, JWKS_COOLDOWN_MS: '200' } });
    try {
      const token = await signedBy(ec, { sub: 'ada' });
      const thrown: unknown = await rig.bareSocket({ token }).catch((error: unknown) => error);
      if (!(thrown instanceof HandshakeRefused)) throw new Error('it was let in');
      expect([thrown.status, JSON.parse(thrown.body)]).toEqual([
        503,
        expect.objectContaining({ code: 'keys_unavailable' }),
      ]);
      expect(Number(thrown.headers['retry-after'])).toBeGreaterThan(0);
      expect((await (await rig.socket('ben')).welcome()).user).toBe('ben');
      const { body } = await rig.rest().get<{ details: { keys: object } }>('/health/ready');
      expect(body.details.keys).toMatchObject({
        status: 'up',
        detail: 'the public keys of client tokens cannot be read',
      });
      expect(await rig.rest().metric('postrider_key_sources_failing')).toBe(1);
      issuer.publish(ec);
      await until(async () => (await (await rig.bareSocket({ token })).welcome()).user === 'ada');
      expect(await rig.rest().metric('postrider_key_sources_failing')).toBe(0);
    } finally {
      await rig.close();
      await issuer.close();
    }
  });
});

describe('JWT_ALGORITHMS', () => {
  it('excludes every algorithm not named, even if its key is known', async () => {
    const issuer = await IssuerRig.start(rsa, ec);
    const rig = await PostriderRig.start({ env: { JWKS_URL: issuer.url, JWT_ALGORITHMS: 'ES256' } });
    try {
      const socket = await rig.bareSocket({ token: await signedBy(ec, { sub: 'ada' }) });
      expect((await socket.welcome()).user).toBe('ada');
      for (const token of [await rig.tokens.sign('ada'), await signedBy(rsa, { sub: 'ada' })]) {
        await expect(rig.bareSocket({ token })).rejects.toMatchObject({ status: 401 });
      }
    } finally {
      await rig.close();
      await issuer.close();
    }
  });
});
