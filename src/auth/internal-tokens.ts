import type { KeyObject } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { SignJWT, errors, jwtVerify } from 'jose';
import { z } from 'zod';
import { AccessSettings } from '../config/settings.js';
import { PostriderError } from '../contract/postrider-error.js';
import { RedisClock } from '../clock/redis-clock.js';
import { isInternalApp } from '../contract/topic-name.js';
import type { Identity } from './authenticator.port.js';
import { derivedKey } from './derived-key.js';
import { TokenHeaders } from './token-headers.js';

/** Header `typ` of the tokens of our own pages. */
const TYPE = 'postrider+jwt';

const claims = z.object({
  sub: z.string(),
  exp: z.number(),
  app: z.string().refine(isInternalApp),
  topics: z.array(z.string()),
  publish: z.array(z.string()),
});

/**
 * Client tokens of the console and the demo: valid with any bound authenticator, for internal apps
 * only.
 */
@Injectable()
export class InternalTokens {
  private readonly key: KeyObject;
  private readonly headers = new TokenHeaders();

  constructor(
    { jwtSecret }: AccessSettings,
    private readonly clock: RedisClock,
  ) {
    this.key = derivedKey(jwtSecret, 'internal token');
  }

  issue({ user, app, topics, publish, expiresAtMs }: Identity): Promise<string> {
    return new SignJWT({ app, topics, publish })
      .setProtectedHeader({ alg: 'HS256', typ: TYPE })
      .setSubject(user)
      .setExpirationTime(new Date(expiresAtMs))
      .sign(this.key);
  }

  /** True if the token claims to be internal, which proves nothing yet. */
  claims(token: string): boolean {
    try {
      return this.headers.of(token).typ === TYPE;
    } catch {
      // Not a JWT, but maybe a token of the team's own kind.
      return false;
    }
  }

  /** @throws PostriderError `unauthorized`. */
  async verify(token: string): Promise<Identity> {
    try {
      const { payload } = await jwtVerify(token, this.key, {
        algorithms: ['HS256'],
        typ: TYPE,
        currentDate: new Date(this.clock.now()),
      });
      const { sub, exp, ...identity } = claims.parse(payload);
      return { user: sub, expiresAtMs: exp * 1_000, ...identity };
    } catch (error) {
      if (error instanceof errors.JWTExpired)
        throw new PostriderError('unauthorized', 'The token has expired. Send a new one.');
      if (error instanceof errors.JOSEError || error instanceof z.ZodError) {
        throw new PostriderError('unauthorized', 'The token is not valid. Send a new one.');
      }
      throw error;
    }
  }
}
