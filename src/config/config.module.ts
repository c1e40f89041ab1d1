import { Global, Module } from '@nestjs/common';
import { Config } from './config.js';

/** Gives every module the one `Config`, read from the environment of this process. */
@Global()
@Module({
  providers: [{ provide: Config, useFactory: () => Config.from() }],
  exports: [Config],
})
export class ConfigModule {}
