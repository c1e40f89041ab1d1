import { Module } from '@nestjs/common';
import { MetricsController } from './metrics.controller.js';

/** Serves `GET /metrics`. */
@Module({ controllers: [MetricsController] })
export class MetricsModule {}
