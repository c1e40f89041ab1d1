import { PostriderError } from '../contract/postrider-error.js';
import { isInternalApp } from '../contract/topic-name.js';
import { Authenticator, type Identity } from './authenticator.port.js';
import type { InternalTokens } from './internal-tokens.js';

/** Around the authenticator that is bound: the tokens of our own pages are ours to judge, all others are its. */
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
    // Our own apps are reached by our own tokens alone.
    if (isInternalApp(identity.app)) throw new PostriderError('unauthorized', 'The app is reserved.');
    return identity;
  }
}
