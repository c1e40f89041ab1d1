import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { readKeySet } from './key-set.js';

const jwk = (key: { export(options: { format: 'jwk' }): object }, kid: string): object => ({
  ...key.export({ format: 'jwk' }),
  kid,
});
const rsa = (bits: number) => generateKeyPairSync('rsa', { modulusLength: bits });
const ec = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve });
const good = jwk(ec('P-256').publicKey, 'good');

describe('readKeySet', () => {
  it('uses public keys of each kind and leaves out all others', () => {
    const set = {
      keys: [
        good,
        jwk(rsa(2_048).publicKey, 'rsa'),
        jwk(generateKeyPairSync('ed25519').publicKey, 'ed25519'),
        jwk(rsa(1_024).publicKey, 'weak'),
        jwk(ec('P-384').publicKey, 'other curve'),
        jwk(generateKeyPairSync('x25519').publicKey, 'no signatures'),
        jwk(ec('P-256').privateKey, 'private'),
        { kty: 'oct', k: 'c2VjcmV0', kid: 'symmetric' },
        { kty: 'RSA', n: '!', e: 'AQAB', kid: 'damaged' },
        { kty: 'unheard of', kid: 'unknown' },
      ],
    };
    expect(readKeySet(JSON.stringify(set)).keys.map(({ kid }) => kid)).toEqual(['good', 'rsa', 'ed25519']);
  });

  it.each([
    ['', 'is not JSON'],
    ['{"keys":[{"kty":"RSA","n":"secret', 'is not JSON'],
    ['[]', 'jwks must be an object.'],
    ['{}', 'jwks.keys is required.'],
    ['{"keys":[{}]}', 'jwks.keys[0].kty is required.'],
    [JSON.stringify({ keys: Array(101).fill(good) }), 'jwks.keys is longer than 100.'],
    ['{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}', 'has no key that can verify a token'],
  ])('refuses %.40s without repeating it', (text, message) => {
    expect(() => readKeySet(text)).toThrow(message);
  });
});
