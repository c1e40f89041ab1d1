import { type KeyObject, createSecretKey, hkdfSync } from 'node:crypto';

/** What keys are derived for; one purpose's key tells nothing of another's, nor of the secret. */
export type KeyPurpose = 'console session' | 'internal token' | 'demo api key';

const KEY_BYTES = 32;

/** The same key on every node, from `JWT_SECRET`, so that there is no further secret to hand out (HKDF, RFC 5869). */
export function derivedKey(jwtSecret: string, purpose: KeyPurpose): KeyObject {
  return createSecretKey(new Uint8Array(hkdfSync('sha256', jwtSecret, '', `postrider ${purpose}`, KEY_BYTES)));
}
