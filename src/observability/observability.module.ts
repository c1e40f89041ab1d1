import { type DynamicModule, type FactoryProvider, Global, Module } from '@nestjs/common';
import type { SpanExporter } from '@opentelemetry/sdk-trace-base';
import { Config } from '../config/config.js';
import { AppLogger } from './logger.js';
import { LimitMetrics } from './limit-metrics.js';
import { Metrics } from './metrics.js';
import { RuntimeMetrics } from './runtime-metrics.js';
import { Tracing } from './tracing.js';

const tracingTo = (exporter?: SpanExporter): FactoryProvider<Promise<Tracing>> => ({
  provide: Tracing,
  inject: [Config, Metrics],
  useFactory: async (config: Config, metrics: Metrics) => {
    if (!exporter && config.traceUrl === '') return new Tracing();
    const { SpanRecorder } = await import('./span-recorder.js');
    return new Tracing(new SpanRecorder(config, metrics, exporter), config.drainMs);
  },
});

/** Provides metrics, the structured log and traces to every module. */
@Global()
@Module({
  providers: [
    Metrics,
    RuntimeMetrics,
    LimitMetrics,
    { provide: AppLogger, inject: [Config], useFactory: (config: Config) => new AppLogger(config) },
    tracingTo(),
  ],
  exports: [Metrics, AppLogger, Tracing],
})
export class ObservabilityModule {
  /** @param exporter destination of the spans, instead of `TRACE_URL`. */
  static tracedTo(exporter: SpanExporter): DynamicModule {
    return { module: ObservabilityModule, providers: [tracingTo(exporter)] };
  }
}
