import { type DynamicModule, Global, Module } from '@nestjs/common';
import { Config } from './config.js';

/** Gives every module the one `Config`; without `of` it is read from the environment of this process. */
@Global()
@Module({
  providers: [{ provide: Config, useFactory: () => Config.from() }],
  exports: [Config],
})
export class ConfigModule {
  static of(config: Config): DynamicModule {
    return { module: ConfigModule, providers: [{ provide: Config, useValue: config }] };
  }
}
