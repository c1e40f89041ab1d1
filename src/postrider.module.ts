import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { SpanExporter } from '@opentelemetry/sdk-trace-base';
import { ApiModule } from './api.module.js';
import { AuthModule, type AuthOptions } from './auth/auth.module.js';
import { Config } from './config/config.js';
import { type AsyncConfig, ConfigModule } from './config/config.module.js';
import type { Role } from './config/node.schema.js';
import { EmbeddingModule } from './embedding/embedding.module.js';
import { type Extensions, ExtensionsModule } from './extensions.module.js';
import { GatewayModule } from './gateway/gateway.module.js';
import { HealthModule } from './health/health.module.js';
import { HttpAdapter } from './http/http-adapter.js';
import { HttpModule } from './http/http.module.js';
import { LimitsModule } from './limits/limits.module.js';
import { ObservabilityModule } from './observability/observability.module.js';
import { MetricsModule } from './operators/metrics.module.js';
import { ALL_PAGES, type Page, modulesOf } from './operators/pages.js';
import { SamplesModule } from './operators/samples.module.js';
import { PostriderParts } from './postrider-parts.js';
import { WorkerModule } from './worker.module.js';

/** Adapters and pages; docs/extending.md describes the contract of each port. */
export interface PostriderExtensions extends Extensions, Omit<AuthOptions, 'imports'> {
  /** Pages that the role `api` serves. Default: all. */
  readonly pages?: readonly Page[] | undefined;
  /** Destination of trace spans, instead of `TRACE_URL`. */
  readonly spanExporter?: SpanExporter | undefined;
}

/** Options of `PostriderModule.forRoot`. */
export interface PostriderOptions extends PostriderExtensions {
  /** Configuration. Default: read from the environment. */
  readonly config?: Config | undefined;
  /**
   * Roles of this process. Without any, it only publishes by `Notifications`, which works in every
   * kind of application. Default: `ROLES`.
   */
  readonly roles?: Iterable<Role> | undefined;
}

/** Options of `PostriderModule.forRootAsync`. */
export interface PostriderAsyncOptions extends Omit<PostriderExtensions, 'imports'>, AsyncConfig {
  /** Roles of this process. They select the modules, so they must be known before the settings. */
  readonly roles: Iterable<Role>;
}

const MODULE_OF_ROLE: Readonly<Record<Role, Type>> = { api: ApiModule, gateway: GatewayModule, worker: WorkerModule };

/** The server. The roles of the process decide which modules start. */
@Module({})
export class PostriderModule {
  // Nest initializes the adapter before any `onModuleInit`, so the adapter is checked here.
  constructor({ httpAdapter }: HttpAdapterHost, parts: PostriderParts) {
    if (httpAdapter instanceof HttpAdapter) httpAdapter.isMounted = !parts.roles.has('gateway');
    else if (httpAdapter ? parts.roles.size > 0 : parts.isServing) throw needsAdapter(parts);
  }

  /**
   * @throws ConfigError if `config` is not given and the environment does not hold valid settings.
   */
  static forRoot({
    config = Config.from(),
    roles = config.roles,
    ...extensions
  }: PostriderOptions = {}): DynamicModule {
    return moduleOf(ConfigModule.of(config), new Set(roles), extensions);
  }

  /**
   * Like `forRoot`, with settings from a provider.
   * @throws Error if no such provider is named.
   */
  static forRootAsync(options: PostriderAsyncOptions): DynamicModule {
    const { roles, imports, inject, useFactory, useClass, useExisting, ...extensions } = options;
    const source = { imports, inject, useFactory, useClass, useExisting } as AsyncConfig;
    return moduleOf(ConfigModule.from(source), new Set(roles), { ...extensions, imports });
  }
}

function moduleOf(config: DynamicModule, roles: ReadonlySet<Role>, extensions: PostriderExtensions): DynamicModule {
  const { pages = ALL_PAGES, imports = [], spanExporter } = extensions;
  const parts = new PostriderParts(roles, roles.has('api') ? pages : []);
  return {
    module: PostriderModule,
    global: true,
    imports: [
      config,
      spanExporter ? ObservabilityModule.tracedTo(spanExporter) : ObservabilityModule,
      AuthModule.register(extensions),
      ExtensionsModule.of(extensions),
      EmbeddingModule,
      ...(roles.size > 0 ? [HttpModule, HealthModule, MetricsModule, SamplesModule] : []),
      ...[...roles].map((role) => MODULE_OF_ROLE[role]),
      ...(parts.isServing ? [LimitsModule] : []),
      ...modulesOf(parts.pages),
      ...imports,
    ],
    providers: [{ provide: PostriderParts, useValue: parts }],
    exports: [EmbeddingModule, ...(parts.isServing ? [LimitsModule] : [])],
  };
}

const needsAdapter = ({ roles }: PostriderParts): Error =>
  new Error(
    `PostriderModule with the roles ${[...roles].join(', ')} needs its own HTTP adapter: ` +
      'NestFactory.create(AppModule, new PostriderHttpAdapter(config)), then await mountPostrider(app). ' +
      'In any other application, only publish: PostriderModule.forRoot({ roles: [] }).',
  );
