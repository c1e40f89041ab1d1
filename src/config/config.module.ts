import { type DynamicModule, Global, Module, type ModuleMetadata, type Provider, type Type } from '@nestjs/common';
import type { FactoryProvider } from '@nestjs/common';
import { Config } from './config.js';
import { SETTING_GROUPS } from './settings.js';

/** Factory of the `Config`, for an application whose settings are not in the environment. */
export interface ConfigFactory {
  createPostriderConfig(): Config | Promise<Config>;
}

/** Source of the `Config`, in one of the three forms of Nest's dynamic modules. */
export interface AsyncConfig {
  readonly imports?: ModuleMetadata['imports'];
  readonly inject?: FactoryProvider['inject'];
  readonly useFactory?: (...injected: never[]) => Config | Promise<Config>;
  readonly useClass?: Type<ConfigFactory>;
  readonly useExisting?: Type<ConfigFactory>;
}

/**
 * Provides the `Config` and its groups to every module. By default, it comes from the environment.
 */
@Global()
@Module({
  providers: [
    { provide: Config, useFactory: () => Config.from() },
    ...SETTING_GROUPS.map((group) => ({ provide: group, useExisting: Config })),
  ],
  exports: [Config, ...SETTING_GROUPS],
})
export class ConfigModule {
  static of(config: Config): DynamicModule {
    return { module: ConfigModule, providers: [{ provide: Config, useValue: config }] };
  }

  /** @throws Error if none of `useFactory`, `useClass` and `useExisting` is given. */
  static from({ imports = [], ...source }: AsyncConfig): DynamicModule {
    return { module: ConfigModule, imports, providers: providersOf(source) };
  }
}

function providersOf({ inject = [], useFactory, useClass, useExisting }: AsyncConfig): Provider[] {
  if (useFactory) return [{ provide: Config, inject, useFactory: useFactory as FactoryProvider<Config>['useFactory'] }];
  const factory = useClass ?? useExisting;
  if (!factory) throw new Error('PostriderModule.forRootAsync requires useFactory, useClass or useExisting.');
  const config = {
    provide: Config,
    inject: [factory],
    useFactory: (made: ConfigFactory) => made.createPostriderConfig(),
  };
  return useClass ? [useClass, config] : [config];
}
