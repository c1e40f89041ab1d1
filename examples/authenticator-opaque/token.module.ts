import { Module } from '@nestjs/common';
import { TokenTable } from './token-table.js';

/** Providers for `OpaqueAuthenticator`; passed to Postrider in `imports`. */
@Module({ providers: [TokenTable], exports: [TokenTable] })
export class TokenModule {}
