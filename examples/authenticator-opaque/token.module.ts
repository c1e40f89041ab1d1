import { Module } from '@nestjs/common';
import { TokenTable } from './token.table.js';

/** What `OpaqueAuthenticator` needs; handed to Postrider as one of its `imports`. */
@Module({ providers: [TokenTable], exports: [TokenTable] })
export class TokenModule {}
