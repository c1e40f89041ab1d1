import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Gauge } from 'prom-client';
import { Metrics } from './metrics.js';
import { VERSION } from './version.js';

/** Metrics of the version and of the event loop since the previous scrape. */
@Injectable()
export class RuntimeMetrics implements OnModuleDestroy {
  private readonly loopDelay = monitorEventLoopDelay({ resolution: 10 });
  private used = performance.eventLoopUtilization();

  constructor(metrics: Metrics) {
    this.loopDelay.enable();
    const { registry } = metrics;
    const help = 'Version of Postrider and Node.js; always 1';
    new Gauge({
      name: 'postrider_build_info',
      help,
      labelNames: ['version', 'node'],
      aggregator: 'max',
      registers: [registry],
    }).set({ version: VERSION, node: process.version }, 1);
    metrics.sampled(
      'event_loop_delay_max_seconds',
      'Longest event-loop delay since the last scrape',
      () => this.delay(),
      'max',
    );
    metrics.sampled(
      'event_loop_utilization',
      'Fraction of time in which the event loop was busy',
      () => this.utilization(),
      'max',
    );
  }

  onModuleDestroy(): void {
    this.loopDelay.disable();
  }

  private delay(): number {
    const seconds = this.loopDelay.max / 1e9;
    this.loopDelay.reset();
    return seconds;
  }

  private utilization(): number {
    const before = this.used;
    this.used = performance.eventLoopUtilization();
    return performance.eventLoopUtilization(this.used, before).utilization;
  }
}
