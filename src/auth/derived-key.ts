import { type KeyObject, createSecretKey, hkdfSync } from 'node:crypto';

const KEY_BYTES = 32;

/**
 * Derives the same key on every node from `JWT_SECRET` (HKDF, RFC 5869), so that no further secret
 * has to be distributed. The key of one purpose reveals nothing about the others or the secret.
 */
export function derivedKey(jwtSecret: string, purpose: string): KeyObject {
  return createSecretKey(new Uint8Array(hkdfSync('sha256', jwtSecret, '', `postrider ${purpose}`, KEY_BYTES)));
}
