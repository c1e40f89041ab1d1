import { type webcrypto, subtle } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { errors, jwtVerify } from 'jose';
import { z } from 'zod';
import { Config } from '../config/config.js';
import { PostriderError } from '../errors/postrider.error.js';
import { isUserId } from '../topic/topic.name.js';
import { Authenticator, type Identity } from './authenticator.port.js';

const patterns = z
  .array(z.string().min(1).max(200))
  .max(256)
  .default(() => []);

const claims = z.object({
  sub: z.string().refine(isUserId),
  exp: z.number(),
  app: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/)
    .default('main'),
  topics: patterns,
  publish: patterns,
});

/**
 * The default authenticator: JWTs signed with `JWT_SECRET` by HS256 and nothing else.
 * `sub` (the user id) and `exp` are required; `app` (default `main`), `topics` and `publish` (patterns) are optional.
 * There is no leeway: a token that has ended is refused.
 */
@Injectable()
export class JwtAuthenticator extends Authenticator {
  /** Made once: from a key of another kind a new one is made for each token. */
  private readonly secret: Promise<webcrypto.CryptoKey>;

  constructor({ jwtSecret }: Config) {
    super();
    this.secret = subtle.importKey('raw', Buffer.from(jwtSecret), { name: 'HMAC', hash: 'SHA-256' }, false, ['verify']);
  }

  override async authenticate(token: string): Promise<Identity> {
    const parsed = claims.safeParse(await this.verified(token));
    if (!parsed.success)
      throw new PostriderError('unauthorized', `The claim ${claimAtFault(parsed.error)} is not valid.`);
    const { sub, exp, ...identity } = parsed.data;
    return { user: sub, expiresAtMs: exp * 1000, ...identity };
  }

  private async verified(token: string): Promise<unknown> {
    try {
      const { payload } = await jwtVerify(token, await this.secret, {
        algorithms: ['HS256'],
        requiredClaims: ['sub', 'exp'],
      });
      return payload;
    } catch (error) {
      if (error instanceof errors.JWTExpired) throw new PostriderError('unauthorized', 'The token has expired.');
      if (error instanceof errors.JOSEError) throw new PostriderError('unauthorized', 'The token is not valid.');
      throw error;
    }
  }
}

const claimAtFault = ({ issues }: z.ZodError): string => String(issues[0]?.path[0]);
