import { Injectable } from '@nestjs/common';
import { Authenticator, type Identity, PostriderError, RedisClock } from 'postrider';
import { AcmeTokens } from './acme-tokens.js';

/** Takes the tokens of Acme's login instead of JWTs. */
@Injectable()
export class AcmeAuthenticator extends Authenticator {
  constructor(
    private readonly tokens: AcmeTokens,
    private readonly clock: RedisClock,
  ) {
    super();
  }

  async authenticate(token: string): Promise<Identity> {
    const identity = this.tokens.read(token);
    if (identity && identity.expiresAtMs > this.clock.now()) return identity;
    throw new PostriderError('unauthorized', 'The token is invalid or has expired. Log in again.');
  }
}
