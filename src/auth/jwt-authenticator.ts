import { type webcrypto, subtle } from 'node:crypto';
import { Injectable, Optional } from '@nestjs/common';
import { type JWTPayload, type JWTVerifyOptions, decodeProtectedHeader, errors, jwtVerify } from 'jose';
import { z } from 'zod';
import { type JwtAlgorithm, JWT_ALGORITHMS } from '../config/access.schema.js';
import { AccessSettings } from '../config/settings.js';
import { PostriderError } from '../contract/postrider-error.js';
import { RedisClock } from '../clock/redis-clock.js';
import { isUserId } from '../contract/topic-name.js';
import { Authenticator, type Identity } from './authenticator.port.js';
import { Hs256 } from './hs256.js';
import { PublicKeys } from './public-keys.js';

/** End of the year 9999, the last time that RFC 3339 can express. */
const MAX_TIME_S = 253_402_300_799;
/**
 * How far `iat` may be in the future, in addition to the leeway. A later one would outlive any
 * revocation.
 */
const MAX_AHEAD_MS = 60_000;
const NOT_ALLOWED = 'The algorithm of the token is not one of JWT_ALGORITHMS. Send a token with one of them.';

const patterns = z
  .array(z.string().min(1).max(200))
  .max(256)
  .default(() => []);

const claims = z.object({
  sub: z.string().refine(isUserId),
  exp: z.number().max(MAX_TIME_S),
  iat: z.number().max(MAX_TIME_S).optional(),
  jti: z
    .string()
    .regex(/^[\x21-\x7e]{1,128}$/)
    .optional(),
  app: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/)
    .default('main'),
  topics: patterns,
  publish: patterns,
});

/**
 * Default authenticator: JWTs signed by HS256 with `JWT_SECRET` (or a previous one), or by another
 * of `JWT_ALGORITHMS` with a key of the JWKS. `sub` (the user id) and `exp` are required; `app`
 * (default `main`), `topics` and `publish` (patterns), `jti` and `iat` are optional.
 *
 * The algorithm selects the kind of key, so a public key never verifies an HMAC. Times are compared
 * with the clock of Redis, not of the node. `JWT_LEEWAY_MS`, 0 by default, applies to `exp`, `nbf`
 * and `iat` alike.
 */
@Injectable()
export class JwtAuthenticator extends Authenticator {
  private readonly algorithms: readonly string[];
  /** Imported once, because `jose` would import any other kind of key for each token. */
  private readonly secrets: readonly Promise<webcrypto.CryptoKey>[];
  private readonly hs256: Hs256;
  /** Created once for each algorithm. */
  private readonly options: ReadonlyMap<string, JWTVerifyOptions>;
  private readonly leewayMs: number;

  constructor(
    settings: AccessSettings,
    @Optional() private readonly publicKeys?: PublicKeys,
    @Optional() private readonly clock: RedisClock = new RedisClock(),
  ) {
    super();
    const { jwtSecret, jwtSecretsPrevious, jwtAlgorithms, jwtIssuer, jwtAudience, jwtLeewayMs } = settings;
    const possible: readonly JwtAlgorithm[] = publicKeys?.find ? JWT_ALGORITHMS : ['HS256'];
    this.algorithms = jwtAlgorithms ?? possible;
    const secrets = [jwtSecret, ...jwtSecretsPrevious];
    this.hs256 = new Hs256(secrets);
    this.secrets = secrets.map((secret) =>
      subtle.importKey('raw', Buffer.from(secret), { name: 'HMAC', hash: 'SHA-256' }, false, ['verify']),
    );
    this.leewayMs = jwtLeewayMs;
    const options: JWTVerifyOptions = {
      requiredClaims: ['sub', 'exp'],
      clockTolerance: jwtLeewayMs / 1_000,
      ...(jwtIssuer.length > 0 && { issuer: [...jwtIssuer] }),
      ...(jwtAudience.length > 0 && { audience: [...jwtAudience] }),
    };
    this.options = new Map(this.algorithms.map((algorithm) => [algorithm, { ...options, algorithms: [algorithm] }]));
  }

  override async authenticate(token: string): Promise<Identity> {
    const parsed = claims.safeParse(await this.verified(token));
    if (!parsed.success) throw unauthorized(`The claim ${claimAtFault(parsed.error)} is not valid. Send a new token.`);
    const { sub, exp, iat, jti, ...identity } = parsed.data;
    if (iat !== undefined && iat * 1_000 > this.clock.now() + MAX_AHEAD_MS + this.leewayMs) {
      throw unauthorized('The claim iat is more than a minute ahead. Set JWT_LEEWAY_MS if the clocks differ.');
    }
    return {
      user: sub,
      expiresAtMs: Math.floor(exp * 1_000) + this.leewayMs,
      ...identity,
      ...(jti !== undefined && { tokenId: jti }),
      ...(iat !== undefined && { issuedAtMs: Math.floor(iat * 1_000) }),
    };
  }

  private async verified(token: string): Promise<JWTPayload> {
    try {
      // With only one algorithm, the header is not decoded, since verification accepts no other.
      const algorithm = this.algorithms.length === 1 ? String(this.algorithms[0]) : algorithmOf(token);
      const rules = this.options.get(algorithm);
      if (!rules) throw unauthorized(NOT_ALLOWED);
      const options = { ...rules, currentDate: new Date(this.clock.now()) };
      if (algorithm === 'HS256') return this.hs256.verify(token, options) ?? (await this.bySecret(token, options));
      const find = this.publicKeys?.find;
      if (!find) throw unauthorized('The token is not valid. Send a new one.');
      return (await jwtVerify(token, find, options)).payload;
    } catch (error) {
      if (error instanceof errors.JOSEAlgNotAllowed) throw unauthorized(NOT_ALLOWED);
      if (error instanceof errors.JWTExpired) throw unauthorized('The token has expired. Send a new one.');
      if (error instanceof errors.JWTClaimValidationFailed) {
        throw unauthorized(`The claim ${error.claim} is not valid. Send a new token.`);
      }
      if (error instanceof errors.JOSEError) throw unauthorized('The token is not valid. Send a new one.');
      throw error;
    }
  }

  private async bySecret(token: string, options: JWTVerifyOptions): Promise<JWTPayload> {
    for (const [index, secret] of this.secrets.entries()) {
      try {
        return (await jwtVerify(token, await secret, options)).payload;
      } catch (error) {
        const isAnothers = error instanceof errors.JWSSignatureVerificationFailed;
        if (!isAnothers || index === this.secrets.length - 1) throw error;
      }
    }
    throw unauthorized('The token is not valid. Send a new one.');
  }
}

/** Algorithm in the token's header: enough to select a key, which then proves it. */
function algorithmOf(token: string): string {
  try {
    return decodeProtectedHeader(token).alg ?? '';
  } catch {
    throw unauthorized('The token is not valid. Send a new one.');
  }
}

const unauthorized = (detail: string): PostriderError => new PostriderError('unauthorized', detail);

const claimAtFault = ({ issues }: z.ZodError): string => String(issues[0]?.path[0]);
