import { randomBytes } from 'node:crypto';
import { SignJWT, UnsecuredJWT } from 'jose';

export interface TokenClaims {
  topics?: string[];
  publish?: string[];
  app?: string;
  jti?: string;
  /** Claim `iat`, in ms; none if not given. */
  issuedAtMs?: number;
  /** Lifetime; tokens count in whole seconds. */
  ttlMs?: number;
}

/** Signer of tokens that the server must accept, and of tokens that it must refuse. */
export class TokenMint {
  constructor(readonly secret: string = randomBytes(32).toString('hex')) {}

  /** Signs a valid token for the user. */
  sign(user: string, claims: TokenClaims = {}): Promise<string> {
    return this.jwt({ sub: user, ...custom(claims) }, claims.ttlMs ?? 3_600_000, this.secret);
  }

  expired(user: string): Promise<string> {
    return this.jwt({ sub: user }, -10_000, this.secret);
  }

  /** Signs a well-formed token with the right algorithm but another secret. */
  forged(user: string): Promise<string> {
    return this.jwt({ sub: user }, 3_600_000, randomBytes(32).toString('hex'));
  }

  /** Signs a token with the right secret but another algorithm. */
  otherAlgorithm(user: string): Promise<string> {
    return this.jwt({ sub: user }, 3_600_000, this.secret, 'HS512');
  }

  unsigned(user: string): string {
    return new UnsecuredJWT({ sub: user }).setExpirationTime('1h').encode();
  }

  withoutSubject(): Promise<string> {
    return this.jwt({}, 3_600_000, this.secret);
  }

  withoutExpiry(user: string): Promise<string> {
    return new SignJWT({ sub: user }).setProtectedHeader({ alg: 'HS256' }).sign(bytes(this.secret));
  }

  private jwt(claims: Record<string, unknown>, ttlMs: number, secret: string, alg = 'HS256'): Promise<string> {
    const expiresAt = Math.ceil((Date.now() + ttlMs) / 1000);
    return new SignJWT(claims).setProtectedHeader({ alg }).setExpirationTime(expiresAt).sign(bytes(secret));
  }
}

function custom({ topics, publish, app, jti, issuedAtMs }: TokenClaims): Record<string, unknown> {
  return {
    ...(topics && { topics }),
    ...(publish && { publish }),
    ...(app && { app }),
    ...(jti && { jti }),
    ...(issuedAtMs !== undefined && { iat: Math.floor(issuedAtMs / 1_000) }),
  };
}

function bytes(secret: string): Uint8Array {
  return new TextEncoder().encode(secret);
}
