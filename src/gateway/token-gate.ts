import { Injectable } from '@nestjs/common';
import { Authenticator, type Identity } from '../auth/authenticator.port.js';
import { AccessSettings } from '../config/settings.js';
import { PostriderError } from '../contract/postrider-error.js';
import { RevocationList } from '../revocation/revocation-list.js';

/** Checks that apply to every token, with any authenticator. */
@Injectable()
export class TokenGate {
  constructor(
    private readonly settings: AccessSettings,
    private readonly authenticator: Authenticator,
    private readonly revocations: RevocationList,
  ) {}

  /** @throws PostriderError `unauthorized` if the token is not valid now. */
  async admit(token: string): Promise<Identity> {
    const { tokenMaxBytes } = this.settings;
    if (Buffer.byteLength(token) > tokenMaxBytes) {
      throw new PostriderError('unauthorized', `The token has more than ${tokenMaxBytes} bytes. Send a shorter one.`);
    }
    const identity = await this.authenticator.authenticate(token);
    if (!this.revocations.covers(identity)) return identity;
    throw new PostriderError('unauthorized', 'The token has been revoked. Send a new one.');
  }
}
