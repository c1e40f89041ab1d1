import { type JWTPayload, errors } from 'jose';

/** Rules that the registered claims of a token must satisfy. */
export interface ClaimRules {
  /** Accepted issuers; empty for any, and then none is required. */
  readonly issuers: readonly string[];
  /** Accepted audiences; empty for any, and then none is required. */
  readonly audiences: readonly string[];
  /** Leeway of `exp` and `nbf`, in seconds. */
  readonly leewayS: number;
}

/** Like the one of `jose`: refuses bytes that are not UTF-8. */
const decoder = new TextDecoder('utf-8', { fatal: true });

/**
 * Reads the claims of a verified token and checks them in the order of `jwtVerify`.
 * @param payload base64url.
 * @throws JOSEError the same as `jwtVerify`.
 */
export function checkedClaims(payload: string, { issuers, audiences, leewayS }: ClaimRules, nowS: number): JWTPayload {
  const claims = claimsOf(payload);
  if (issuers.length > 0) demand(claims, 'iss');
  if (audiences.length > 0) demand(claims, 'aud');
  demand(claims, 'exp');
  demand(claims, 'sub');
  if (issuers.length > 0 && !issuers.some((issuer) => issuer === claims.iss)) throw failure(claims, 'iss');
  if (audiences.length > 0 && !audiences.some((audience) => isFor(claims, audience))) throw failure(claims, 'aud');
  timeOf(claims, 'iat');
  if ((timeOf(claims, 'nbf') ?? 0) > nowS + leewayS) throw failure(claims, 'nbf');
  if ((timeOf(claims, 'exp') ?? 0) <= nowS - leewayS) throw new errors.JWTExpired('expired', claims, 'exp');
  return claims;
}

function claimsOf(payload: string): JWTPayload {
  let claims: unknown;
  try {
    // No whole number of bytes has such a length.
    if (payload.length % 4 === 1) throw new TypeError('not base64url');
    claims = JSON.parse(decoder.decode(Buffer.from(payload, 'base64url')));
  } catch (cause) {
    throw new errors.JWTInvalid('unreadable claims', { cause });
  }
  if (typeof claims !== 'object' || claims === null || Array.isArray(claims)) throw new errors.JWTInvalid('no claims');
  return claims as JWTPayload;
}

function demand(claims: JWTPayload, claim: string): void {
  if (!Object.hasOwn(claims, claim)) throw failure(claims, claim);
}

function timeOf(claims: JWTPayload, claim: 'iat' | 'nbf' | 'exp'): number | undefined {
  const time: unknown = claims[claim];
  if (time === undefined || typeof time === 'number') return time;
  throw failure(claims, claim);
}

const isFor = ({ aud }: JWTPayload, audience: string): boolean =>
  Array.isArray(aud) ? aud.includes(audience) : aud === audience;

const failure = (claims: JWTPayload, claim: string): errors.JWTClaimValidationFailed =>
  new errors.JWTClaimValidationFailed('invalid claim', claims, claim);
