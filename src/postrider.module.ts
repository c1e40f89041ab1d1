import { type DynamicModule, Module, type ModuleMetadata, type Type } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { SpanExporter } from '@opentelemetry/sdk-trace-base';
import { AuthModule } from './auth/auth.module.js';
import type { Authenticator } from './auth/authenticator.port.js';
import type { TopicAuthorizer } from './auth/topic-authorizer.port.js';
import type { Config } from './config/config.js';
import type { Role } from './config/config.schema.js';
import { ConfigModule } from './config/config.module.js';
import { ConsoleModule } from './console/console.module.js';
import { DemoModule } from './demo/demo.module.js';
import { GatewayModule } from './gateway/gateway.module.js';
import { HealthModule } from './health/health.module.js';
import type { ReadinessCheck } from './health/readiness-check.port.js';
import { HttpMetrics } from './http/http.metrics.js';
import { HttpModule } from './http/http.module.js';
import { traceRequests } from './http/request.trace.js';
import type { DeliveryHooks } from './notification/delivery-hooks.port.js';
import { NotificationModule } from './notification/notification.module.js';
import type { RecipientResolver } from './notification/recipient-resolver.port.js';
import { ObservabilityModule } from './observability/observability.module.js';
import { Tracing } from './observability/tracing.js';
import { PageModule } from './page/page.module.js';
import { WorkerModule } from './queue/worker.module.js';
import { RevocationModule } from './revocation/revocation.module.js';
import { SystemModule } from './system/system.module.js';

/** What a team may put in the place of the defaults; docs/extending.md has the contract of each. */
export interface PostriderOptions {
  readonly roles: ReadonlySet<Role>;
  /** Read from the environment where not given. */
  readonly config?: Config;
  readonly authenticator?: Type<Authenticator>;
  readonly topicAuthorizer?: Type<TopicAuthorizer>;
  readonly recipientResolver?: Type<RecipientResolver>;
  readonly deliveryHooks?: Type<DeliveryHooks>;
  readonly readinessChecks?: readonly Type<ReadinessCheck>[];
  /** Where the spans of traces go instead of `TRACE_URL`. */
  readonly spanExporter?: SpanExporter;
  /** Modules whose providers the adapters need. */
  readonly imports?: NonNullable<ModuleMetadata['imports']>;
}

/** The application: which modules start depends on the roles of this process. */
@Module({})
export class PostriderModule {
  constructor(tracing: Tracing, { httpAdapter }: HttpAdapterHost) {
    if (tracing.isOn) traceRequests(httpAdapter.getInstance(), tracing);
  }

  static forRoot(options: PostriderOptions): DynamicModule {
    const { roles, config, authenticator, topicAuthorizer, recipientResolver, deliveryHooks, imports = [] } = options;
    const api = roles.has('api');
    const worker = roles.has('worker');
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
        NotificationModule.register({
          api,
          worker,
          imports,
          ...(recipientResolver && { recipientResolver }),
          ...(deliveryHooks && { deliveryHooks }),
        }),
        RevocationModule.register({ api }),
        ...(api ? [PageModule, ConsoleModule, DemoModule] : []),
        ...(worker ? [WorkerModule] : []),
        SystemModule.register({ api, worker }),
        ...(roles.has('gateway') ? [GatewayModule] : []),
        ...imports,
      ],
      providers: [HttpMetrics, ...(options.readinessChecks ?? [])],
    };
  }
}
