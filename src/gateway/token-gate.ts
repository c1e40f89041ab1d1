import { Injectable } from '@nestjs/common';
import { Authenticator, type Identity } from '../auth/authenticator.port.js';
import { Config } from '../config/config.js';
import { PostriderError } from '../contract/postrider-error.js';
import { RevocationList } from '../revocation/revocation-list.js';

/** What every token has to pass, whoever the authenticator is. */
@Injectable()
export class TokenGate {
  constructor(
    private readonly config: Config,
    private readonly authenticator: Authenticator,
    private readonly revocations: RevocationList,
  ) {}

  /** @throws PostriderError `unauthorized` where the token is not good now. */
  async admit(token: string): Promise<Identity> {
    const { tokenMaxBytes } = this.config;
    if (Buffer.byteLength(token) > tokenMaxBytes) {
      throw new PostriderError('unauthorized', `The token has more than ${tokenMaxBytes} bytes.`);
    }
    const identity = await this.authenticator.authenticate(token);
    if (!this.revocations.covers(identity)) return identity;
    throw new PostriderError('unauthorized', 'The token has been revoked: come back with a new one.');
  }
}
