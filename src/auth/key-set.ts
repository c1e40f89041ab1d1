import { type JsonWebKey, type KeyObject, createPublicKey } from 'node:crypto';
import type { JSONWebKeySet, JWK } from 'jose';
import { z } from 'zod';
import { parse } from '../contract/parse.js';
import { jsonOf } from './json-text.js';

const MAX_KEYS = 100;
const MIN_RSA_BITS = 2_048;

const keySet = z.looseObject({ keys: z.array(z.looseObject({ kty: z.string() })).max(MAX_KEYS) });

/**
 * The keys of a JWKS (RFC 7517) that may verify a token: public ones of RSA (2048 bits at least), P-256 and Ed25519. Others are left
 * out, as issuers publish keys for other purposes, too; a secret one could have been read by anybody.
 * @throws Error that repeats nothing of the text, also where no such key is left.
 */
export function readKeySet(text: string): JSONWebKeySet {
  const { keys } = parse(keySet, jsonOf(text), 'jwks');
  const usable = keys.filter((key) => !('d' in key) && isUsable(publicKeyOf(key)));
  if (usable.length === 0) throw new Error('has no key that could verify a token');
  return { keys: usable as JWK[] };
}

function publicKeyOf(key: JsonWebKey): KeyObject | undefined {
  try {
    return createPublicKey({ key, format: 'jwk' });
  } catch {
    // Symmetric, of a kind unknown here, or damaged.
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
