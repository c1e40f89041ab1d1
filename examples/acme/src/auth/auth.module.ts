import { Module } from '@nestjs/common';
import { AcmeTokens } from './acme-tokens.js';

const tokens = {
  provide: AcmeTokens,
  useFactory: () => {
    const secret = process.env['ACME_TOKEN_SECRET'];
    if (!secret) throw new Error('ACME_TOKEN_SECRET is missing. Set it to the secret of the login.');
    return new AcmeTokens(secret);
  },
};

@Module({ providers: [tokens], exports: [AcmeTokens] })
export class AcmeAuthModule {}
