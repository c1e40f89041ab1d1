import { Global, Module } from '@nestjs/common';
import { Config } from '../config/config.js';
import { AppLogger } from './logger.js';
import { MetricsController } from './metrics.controller.js';
import { LimitMetrics } from './limit.metrics.js';
import { Metrics } from './metrics.js';
import { RuntimeMetrics } from './runtime.metrics.js';

/** Metrics and the structured log, for every module. */
@Global()
@Module({
  controllers: [MetricsController],
  providers: [
    Metrics,
    RuntimeMetrics,
    LimitMetrics,
    { provide: AppLogger, inject: [Config], useFactory: (config: Config) => new AppLogger(config) },
  ],
  exports: [Metrics, AppLogger],
})
export class ObservabilityModule {}
