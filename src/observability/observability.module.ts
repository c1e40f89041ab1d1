import { Global, Module } from '@nestjs/common';
import { AppLogger } from './logger.js';
import { MetricsController } from './metrics.controller.js';
import { Metrics } from './metrics.js';

/** Metrics and the structured log, for every module. */
@Global()
@Module({
  controllers: [MetricsController],
  providers: [Metrics, AppLogger],
  exports: [Metrics, AppLogger],
})
export class ObservabilityModule {}
