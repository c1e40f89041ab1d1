import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Config } from '../config/config.js';
import { ReadinessCheck, type ReadinessResult } from '../health/readiness-check.port.js';
import { EventLog } from '../observability/event.log.js';
import { Metrics } from '../observability/metrics.js';
import { RedisClock } from './redis.clock.js';

const LOOK_MS = 1_000;

/**
 * Whether the wall clock of this node and the clock of Redis agree. Nothing depends on that of the node, so it is no reason not to be ready; one
 * that is off is told, as logs, certificates and other programs of the machine go by it.
 */
@Injectable()
export class ClockReadiness extends ReadinessCheck implements OnModuleInit, OnModuleDestroy {
  readonly name = 'clock';
  private wasOff = false;
  private timer?: NodeJS.Timeout;
  private readonly logger = new EventLog(ClockReadiness.name);

  constructor(
    @Inject(Config) private readonly config: Config,
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
    const aheadMs = this.clock.wallAheadMs;
    if (!this.isOff(aheadMs)) return Promise.resolve({ ready: true });
    const seconds = Math.round(Math.abs(aheadMs) / 1_000);
    const detail = `the clock of this node is ${seconds} s ${aheadMs > 0 ? 'ahead of' : 'behind'} that of Redis`;
    return Promise.resolve({ ready: true, detail });
  }

  private look(): void {
    const offsetMs = Math.round(this.clock.wallAheadMs);
    const isOff = this.isOff(offsetMs);
    if (isOff === this.wasOff) return;
    this.wasOff = isOff;
    this.logger.tell(isOff ? 'clock_off' : 'clock_right', { offsetMs });
  }

  private isOff(aheadMs: number): boolean {
    return Math.abs(aheadMs) > this.config.clockOffsetMaxMs;
  }
}
