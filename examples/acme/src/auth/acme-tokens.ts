import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Identity } from 'postrider';

/** Tokens of Acme's login: JSON claims with an HMAC. */
export class AcmeTokens {
  constructor(private readonly secret: string) {}

  issue(identity: Identity): string {
    const claims = Buffer.from(JSON.stringify(identity)).toString('base64url');
    return `${claims}.${this.sign(claims).toString('base64url')}`;
  }

  /** Returns the identity in the token, or undefined if Acme did not sign it. */
  read(token: string): Identity | undefined {
    const [claims = '', signature = ''] = token.split('.');
    const given = Buffer.from(signature, 'base64url');
    const expected = this.sign(claims);
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
    return JSON.parse(Buffer.from(claims, 'base64url').toString()) as Identity;
  }

  private sign(claims: string): Buffer {
    return createHmac('sha256', this.secret).update(claims).digest();
  }
}
