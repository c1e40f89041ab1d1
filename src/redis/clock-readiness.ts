import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { RedisSettings } from '../config/settings.js';
import { ReadinessCheck, type ReadinessResult } from '../contract/readiness-check.port.js';
import { EventLogger } from '../observability/event-logger.js';
import { Metrics } from '../observability/metrics.js';
import { RedisClock } from '../clock/redis-clock.js';

const LOOK_MS = 1_000;

/**
 * Compares the wall clock of this node with the clock of Redis. Postrider does not depend on the
 * node's clock, so the process stays ready; a difference is only reported, because logs,
 * certificates and other programs use that clock.
 */
@Injectable()
export class ClockReadiness extends ReadinessCheck implements OnModuleInit, OnModuleDestroy {
  readonly name = 'clock';
  private isOff = false;
  private timer?: NodeJS.Timeout;
  private readonly logger = new EventLogger(ClockReadiness.name);

  constructor(
    private readonly settings: RedisSettings,
    private readonly clock: RedisClock,
    metrics: Metrics,
  ) {
    super();
    const help = 'How far the wall clock of the process is ahead of the clock of Redis';
    metrics.sampled('clock_offset_seconds', help, () => this.clock.wallAheadMs / 1_000, 'max');
  }

  onModuleInit(): void {
    this.look();
    this.timer = setInterval(() => this.look(), LOOK_MS).unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  override check(): Promise<ReadinessResult> {
    const offsetMs = this.look();
    if (!this.isOff) return Promise.resolve({ ready: true });
    const seconds = Math.round(Math.abs(offsetMs) / 1_000);
    const detail = `the clock of this node is ${seconds} s ${offsetMs > 0 ? 'ahead of' : 'behind'} that of Redis`;
    return Promise.resolve({ ready: true, detail });
  }

  private look(): number {
    const offsetMs = Math.round(this.clock.wallAheadMs);
    const isOff = Math.abs(offsetMs) > this.settings.clockOffsetMaxMs;
    if (isOff !== this.isOff) this.logger.event(isOff ? 'clock_off' : 'clock_right', { offsetMs });
    this.isOff = isOff;
    return offsetMs;
  }
}
