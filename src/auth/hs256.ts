import { type KeyObject, createHmac, createSecretKey, timingSafeEqual } from 'node:crypto';
import { type JWTPayload, type JWTVerifyOptions, UnsecuredJWT, errors } from 'jose';
import { TokenHeaders } from './token-headers.js';

/** Compact JWS with a signature of 256 bits. */
const SIGNED = /^[\w-]+\.([\w-]+)\.([\w-]{43})$/;
/** Header of a token without a signature. */
const UNSECURED = `${Buffer.from('{"alg":"none"}').toString('base64url')}.`;

/**
 * Verifies HS256 tokens at once. The verification of `jose` takes a thread and several promises,
 * which cost more than the rest of a handshake. The claims are still checked by `jose`.
 */
export class Hs256 {
  private readonly keys: readonly KeyObject[];
  private readonly headers = new TokenHeaders();

  /** @param secrets the current one first. */
  constructor(secrets: readonly string[]) {
    this.keys = secrets.map((secret) => createSecretKey(Buffer.from(secret)));
  }

  /**
   * @returns undefined if the token has an unusual form or another algorithm: `jose` decides then.
   * @throws JOSEError like `jwtVerify`.
   */
  verify(token: string, options: JWTVerifyOptions): JWTPayload | undefined {
    if (!this.isPlain(token)) return undefined;
    const [, payload, signature] = SIGNED.exec(token) ?? [];
    if (payload === undefined || signature === undefined) return undefined;
    const signed = token.slice(0, -signature.length - 1);
    const given = Buffer.from(signature, 'base64url');
    const isOurs = this.keys.some((key) => timingSafeEqual(createHmac('sha256', key).update(signed).digest(), given));
    if (!isOurs) throw new errors.JWSSignatureVerificationFailed();
    return UnsecuredJWT.decode(`${UNSECURED}${payload}.`, options).payload;
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
