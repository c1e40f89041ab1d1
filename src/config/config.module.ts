import { type DynamicModule, Global, Module } from '@nestjs/common';
import { Config } from './config.js';

/**
 * Provides the one `Config` to every module, read from the environment unless `of` passes another.
 */
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
