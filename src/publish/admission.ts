import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { DeliverySettings } from '../config/settings.js';
import { PostriderError } from '../contract/postrider-error.js';
import { Metrics } from '../observability/metrics.js';
import { RedisWatch } from '../redis/redis-watch.js';
import type { Priority } from '../contract/terms.js';

const SAMPLE_MS = 1_000;
const RESOLUTION_MS = 20;

/**
 * Refuses notifications before something is full: the memory of Redis, the accepts in progress in
 * this process, or its event loop. A full Redis could neither store acknowledgments nor run the
 * jobs that empty it. Low priority is refused first. Accepted notifications are not affected:
 * acknowledgments, redelivery, release and sessions are never refused here.
 */
@Injectable()
export class Admission implements OnModuleInit, OnModuleDestroy {
  private readonly limits: Readonly<Record<Priority, number>>;
  private readonly loopDelay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  private loopShare = 0;
  private underWay = 0;
  private timer?: NodeJS.Timeout;

  constructor(
    private readonly settings: DeliverySettings,
    private readonly watch: RedisWatch,
    private readonly metrics: Metrics,
  ) {
    const { admissionLowPercent: low, admissionNormalPercent: normal, admissionHighPercent: high } = settings;
    this.limits = { low: low / 100, normal: normal / 100, high: high / 100 };
    metrics.sampled('accepts_under_way', 'Accept requests in progress in this process', () => this.underWay);
    metrics.sampled(
      'pressure_ratio',
      'Highest usage of any admission limit, as a fraction of the limit',
      () => this.pressure,
      'max',
    );
  }

  onModuleInit(): void {
    this.loopDelay.enable();
    this.timer = setInterval(() => this.sample(), SAMPLE_MS).unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
    this.loopDelay.disable();
  }

  /**
   * Begins an accept if there is room for it; `leave` ends it.
   * @throws PostriderError `overloaded`: nothing was stored.
   */
  enter(priority: Priority): void {
    if (this.pressure >= this.limits[priority]) {
      this.metrics.admissionRefused(priority).inc();
      throw new PostriderError(
        'overloaded',
        `Overloaded: notifications of priority ${priority} are refused for now. Retry later.`,
      );
    }
    this.underWay++;
  }

  /** Ends accepts, whatever came of them. */
  leave(accepts: number): void {
    this.underWay -= accepts;
  }

  private get pressure(): number {
    return Math.max(this.watch.fullness, this.underWay / this.settings.acceptQueueMax, this.loopShare);
  }

  /** The median distinguishes a loop that is always busy from one that was blocked once. */
  private sample(): void {
    this.loopShare =
      Math.max(0, this.loopDelay.percentile(50) / 1e6 - RESOLUTION_MS) / this.settings.admissionLoopDelayMs;
    this.loopDelay.reset();
  }
}
