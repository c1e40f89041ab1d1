import { type KeyObject, createHmac, createSecretKey, timingSafeEqual } from 'node:crypto';
import { type JWTPayload, errors } from 'jose';
import { type ClaimRules, checkedClaims } from './claim-rules.js';
import { TokenHeaders } from './token-headers.js';

/** Compact JWS with a signature of 256 bits. */
const SIGNED = /^[\w-]+\.([\w-]+)\.([\w-]{43})$/;

/**
 * Verifies HS256 tokens at once. The verification of `jose` takes a thread and several promises,
 * which cost more than the rest of a handshake.
 */
export class Hs256 {
  private readonly keys: readonly KeyObject[];
  private readonly headers = new TokenHeaders();

  /** @param secrets the current one first. */
  constructor(
    secrets: readonly string[],
    private readonly rules: ClaimRules,
  ) {
    this.keys = secrets.map((secret) => createSecretKey(Buffer.from(secret)));
  }

  /**
   * @returns undefined if the token has an unusual form or another algorithm: `jose` decides then.
   * @throws JOSEError like `jwtVerify`.
   */
  verify(token: string, nowMs: number): JWTPayload | undefined {
    if (!this.isPlain(token)) return undefined;
    const [, payload, signature] = SIGNED.exec(token) ?? [];
    if (payload === undefined || signature === undefined) return undefined;
    const signed = token.slice(0, -signature.length - 1);
    const given = Buffer.from(signature, 'base64url');
    const isOurs = this.keys.some((key) => timingSafeEqual(createHmac('sha256', key).update(signed).digest(), given));
    if (!isOurs) throw new errors.JWSSignatureVerificationFailed();
    return checkedClaims(payload, this.rules, Math.floor(nowMs / 1_000));
  }

  private isPlain(token: string): boolean {
    try {
      const { alg, crit } = this.headers.of(token);
      return alg === 'HS256' && crit === undefined;
    } catch {
      return false;
    }
  }
}
