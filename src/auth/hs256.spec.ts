import { createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type JWTPayload, errors, jwtVerify } from 'jose';
import { Hs256 } from './hs256.js';

const SECRETS = ['the-current-secret', 'the-previous-secret'];
const NOW_S = 1_772_366_400;
const OPTIONS = {
  requiredClaims: ['sub', 'exp'],
  clockTolerance: 5,
  issuer: ['us'],
  audience: ['app', 'site'],
  algorithms: ['HS256'],
  currentDate: new Date(NOW_S * 1_000),
};
const hs256 = new Hs256(SECRETS);

const encoded = (text: string): string => Buffer.from(text).toString('base64url');
const sealed = (header: string, payload: string, secret: string, hash = 'sha256'): string =>
  `${header}.${payload}.${createHmac(hash, secret).update(`${header}.${payload}`).digest('base64url')}`;

/** Verdict of `jose` with each secret in turn. */
async function verdictOfJose(token: string): Promise<JWTPayload | string> {
  let verdict = '';
  for (const secret of SECRETS) {
    try {
      return (await jwtVerify(token, new TextEncoder().encode(secret), OPTIONS)).payload;
    } catch (error) {
      verdict = errorText(error);
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) break;
    }
  }
  return verdict;
}

function verdictOf(token: string): JWTPayload | string | undefined {
  try {
    return hs256.verify(token, OPTIONS);
  } catch (error) {
    return errorText(error);
  }
}

function errorText(error: unknown): string {
  if (error instanceof errors.JWTClaimValidationFailed) return `claim ${error.claim}`;
  if (error instanceof errors.JWTExpired) return 'expired';
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'signature';
  if (error instanceof errors.JOSEError) return 'invalid';
  throw error;
}

const around = (seconds: number): fc.Arbitrary<number> => fc.integer({ min: seconds - 8, max: seconds + 8 });
const time = fc.oneof(
  { weight: 6, arbitrary: around(NOW_S) },
  { weight: 3, arbitrary: fc.constant(NOW_S + 60) },
  fc.constant(String(NOW_S)),
);
const claims = fc.record(
  {
    sub: fc.oneof(fc.constant('ada'), fc.string(), fc.integer()),
    exp: fc.oneof({ weight: 3, arbitrary: fc.constant(NOW_S + 60) }, time),
    nbf: time,
    iat: time,
    iss: fc.constantFrom('us', 'us', 'us', 'them'),
    aud: fc.constantFrom<unknown>('app', 'site', ['app'], ['other', 'site'], 'other', [], 7),
    topics: fc.array(fc.string()),
  },
  { requiredKeys: ['sub', 'exp', 'iss', 'aud'] },
);
const payload = fc.oneof(
  { weight: 8, arbitrary: claims.map((all) => JSON.stringify(all)) },
  { weight: 1, arbitrary: fc.record({ sub: fc.string() }).map((all) => JSON.stringify(all)) },
  { weight: 1, arbitrary: fc.constantFrom('', '[]', '"text"', '{', 'null', '{"sub":"ada"}\ud800') },
);
const header = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.constantFrom('{"alg":"HS256"}', '{"alg":"HS256","typ":"JWT"}', '{"typ":"JWT","alg":"HS256"}'),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      '{"alg":"none"}',
      '{"alg":"HS512"}',
      '{"alg":"hs256"}',
      '{"alg":["HS256"]}',
      '{"alg":"HS256","b64":false}',
      '{"alg":"HS256","b64":true,"crit":["b64"]}',
      '{"alg":"HS256","b64":false,"crit":["b64"]}',
      '{"alg":"HS256","crit":["own"],"own":1}',
      '{"typ":"JWT"}',
      '[]',
      'none',
    ),
  },
);
const secret = fc.constantFrom(...SECRETS, ...SECRETS, 'the-secret-of-another', '\0');
const hash = fc.oneof({ weight: 9, arbitrary: fc.constant('sha256') }, fc.constantFrom('sha512', 'sha1'));

const token = fc
  .tuple(header, payload, secret, hash)
  .map(([head, body, key, algorithm]) => sealed(encoded(head), encoded(body), key, algorithm));
const altered = fc
  .tuple(token, fc.nat(), fc.constantFrom('', 'A', 'B', '_', '-', '.', '=', '+', '/', ' ', '\n', 'é'), fc.nat(2))
  .map(([text, place, piece, removed]) => {
    const at = place % (text.length + 1);
    return text.slice(0, at) + piece + text.slice(at + removed);
  });

describe('Hs256', () => {
  it('agrees with jose about every token on which it decides', async () => {
    let accepted = 0;
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(fc.oneof({ weight: 2, arbitrary: token }, altered), async (text) => {
        const verdict = verdictOf(text);
        if (verdict === undefined) return;
        expect(verdict).toEqual(await verdictOfJose(text));
        if (typeof verdict === 'string') seen.add(verdict);
        else accepted++;
      }),
      { numRuns: 3_000 },
    );
    expect(accepted).toBeGreaterThan(50);
    expect([...seen]).toEqual(expect.arrayContaining(['signature', 'expired', 'invalid', 'claim nbf', 'claim iss']));
  });

  it('decides on plain tokens itself, and on no others', () => {
    const body = encoded(JSON.stringify({ sub: 'ada', exp: NOW_S + 60, iss: 'us', aud: 'app' }));
    const [current = '', previous = ''] = SECRETS;
    const plain = encoded('{"alg":"HS256"}');
    expect(verdictOf(sealed(plain, body, current))).toMatchObject({ sub: 'ada' });
    expect(verdictOf(sealed(plain, body, previous))).toMatchObject({ sub: 'ada' });
    expect(verdictOf(sealed(plain, body, 'another'))).toBe('signature');
    expect(verdictOf(sealed(encoded('{"alg":"HS512"}'), body, current))).toBeUndefined();
    expect(verdictOf(sealed(encoded('{"alg":"HS256","crit":["b64"],"b64":true}'), body, current))).toBeUndefined();
    expect(verdictOf(`${sealed(plain, body, current)}=`)).toBeUndefined();
  });
});
