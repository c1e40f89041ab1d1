import { type JsonWebKey, type KeyObject, createPublicKey } from 'node:crypto';
import type { JSONWebKeySet, JWK } from 'jose';
import { z } from 'zod';
import { parse } from '../contract/parse.js';
import { jsonOf } from './json-text.js';

const MAX_KEYS = 100;
const MIN_RSA_BITS = 2_048;

const keySet = z.looseObject({ keys: z.array(z.looseObject({ kty: z.string() })).max(MAX_KEYS) });

/**
 * Keys of a JWKS (RFC 7517) that may verify a token: public keys of RSA (at least 2048 bits), P-256
 * and Ed25519. Others are left out, because issuers publish keys for other purposes too. A
 * symmetric key is left out as well, since anybody could have read it.
 * @throws Error that repeats nothing of the text, also if no such key is left.
 */
export function readKeySet(text: string): JSONWebKeySet {
  const { keys } = parse(keySet, jsonOf(text), 'jwks');
  const usable = keys.filter((key) => !('d' in key) && isUsable(publicKeyOf(key)));
  if (usable.length === 0) throw new Error('has no key that can verify a token');
  return { keys: usable as JWK[] };
}

function publicKeyOf(key: JsonWebKey): KeyObject | undefined {
  try {
    return createPublicKey({ key, format: 'jwk' });
  } catch {
    // Symmetric, of an unknown kind, or damaged.
    return undefined;
  }
}

function isUsable(key: KeyObject | undefined): boolean {
  switch (key?.asymmetricKeyType) {
    case 'rsa':
      return (key.asymmetricKeyDetails?.modulusLength ?? 0) >= MIN_RSA_BITS;
    case 'ec':
      return key.asymmetricKeyDetails?.namedCurve === 'prime256v1';
    default:
      return key?.asymmetricKeyType === 'ed25519';
  }
}
