import { Injectable } from '@nestjs/common';
import { Authenticator, type Identity, PostriderError } from 'postrider';
import { TokenTable } from './token-table.js';

/**
 * Accepts opaque tokens instead of JWTs. Caches nothing, so a revoked token is refused at its next
 * use.
 */
@Injectable()
export class OpaqueAuthenticator extends Authenticator {
  constructor(private readonly tokens: TokenTable) {
    super();
  }

  authenticate(token: string): Promise<Identity> {
    const identity = this.tokens.identityOf(token);
    if (identity && identity.expiresAtMs > Date.now()) return Promise.resolve(identity);
    return Promise.reject(new PostriderError('unauthorized', 'The token is unknown or has expired. Get a new one.'));
  }
}
