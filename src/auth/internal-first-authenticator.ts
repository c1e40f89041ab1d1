import { PostriderError } from '../contract/postrider-error.js';
import { isInternalApp } from '../contract/topic-name.js';
import { Authenticator, type Identity } from './authenticator.port.js';
import type { InternalTokens } from './internal-tokens.js';

/** Verifies the tokens of our own pages itself and passes all others to the bound authenticator. */
export class InternalFirstAuthenticator extends Authenticator {
  constructor(
    private readonly tokens: InternalTokens,
    private readonly bound: Authenticator,
  ) {
    super();
  }

  override async authenticate(token: string): Promise<Identity> {
    if (this.tokens.claims(token)) return this.tokens.verify(token);
    const identity = await this.bound.authenticate(token);
    // Internal apps accept internal tokens only.
    if (isInternalApp(identity.app))
      throw new PostriderError('unauthorized', 'The app of the token is reserved. Use another one.');
    return identity;
  }
}
