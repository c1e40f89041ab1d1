import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { SpanExporter } from '@opentelemetry/sdk-trace-base';
import { ApiModule } from './api.module.js';
import { AuthModule } from './auth/auth.module.js';
import type { Authenticator } from './auth/authenticator.port.js';
import type { TopicAuthorizer } from './auth/topic-authorizer.port.js';
import type { Config } from './config/config.js';
import { ConfigModule } from './config/config.module.js';
import type { Role } from './config/config.schema.js';
import { type Extensions, ExtensionsModule } from './extensions.module.js';
import { GatewayModule } from './gateway/gateway.module.js';
import { HealthModule } from './health/health.module.js';
import { HttpMetrics } from './http/http-metrics.js';
import { HttpModule } from './http/http.module.js';
import { traceRequests } from './http/request-trace.js';
import { ObservabilityModule } from './observability/observability.module.js';
import { Tracing } from './observability/tracing.js';
import { MetricsModule } from './operators/metrics.module.js';
import { SamplesModule } from './operators/samples.module.js';
import { WorkerModule } from './worker.module.js';

/** Adapters and settings; docs/extending.md describes the contract of each port. */
export interface PostriderOptions extends Extensions {
  readonly roles: ReadonlySet<Role>;
  /** Configuration; default: read from the environment. */
  readonly config?: Config;
  readonly authenticator?: Type<Authenticator>;
  readonly topicAuthorizer?: Type<TopicAuthorizer>;
  /** Destination of trace spans, instead of `TRACE_URL`. */
  readonly spanExporter?: SpanExporter;
}

const MODULE_OF_ROLE: Readonly<Record<Role, Type>> = { api: ApiModule, gateway: GatewayModule, worker: WorkerModule };

/** Server. The roles of the process decide which modules start. */
@Module({})
export class PostriderModule {
  constructor(tracing: Tracing, { httpAdapter }: HttpAdapterHost) {
    if (tracing.isOn) traceRequests(httpAdapter.getInstance(), tracing);
  }

  static forRoot(options: PostriderOptions): DynamicModule {
    const { roles, config, authenticator, topicAuthorizer, imports = [] } = options;
    return {
      module: PostriderModule,
      imports: [
        config ? ConfigModule.of(config) : ConfigModule,
        options.spanExporter ? ObservabilityModule.tracedTo(options.spanExporter) : ObservabilityModule,
        HttpModule,
        HealthModule,
        AuthModule.register({
          imports,
          ...(authenticator && { authenticator }),
          ...(topicAuthorizer && { topicAuthorizer }),
        }),
        ExtensionsModule.of(options),
        MetricsModule,
        SamplesModule,
        ...[...roles].map((role) => MODULE_OF_ROLE[role]),
        ...imports,
      ],
      providers: [HttpMetrics],
    };
  }
}
