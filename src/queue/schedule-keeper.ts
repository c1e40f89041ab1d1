import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { DeliverySettings } from '../config/settings.js';
import { EventLogger } from '../observability/event-logger.js';
import { Metrics } from '../observability/metrics.js';
import { RedisLanes } from '../redis/redis-lanes.js';
import { SWEEP_QUEUE } from './queue-names.js';
import { SweepSchedule } from './sweep-schedule.js';
import { WorkerCanary } from './worker-canary.js';

/** Number of missed intervals after which the sweep's schedule counts as lost or stuck. */
const LATE = 2;
const STUCK = 4;

/**
 * Keeps the sweep's schedule alive. It is stored in Redis, which may be emptied, lose keys or fail
 * over to a replica without them. So every worker checks it at intervals and whenever Redis is
 * back.
 */
@Injectable()
export class ScheduleKeeper implements OnModuleDestroy {
  private timer?: NodeJS.Timeout;
  private looking?: Promise<void> | undefined;
  /**
   * Time since which Redis has been reachable from this process; while it is away, nothing can run.
   */
  private presentSinceMs = performance.now();
  private readonly logger = new EventLogger(ScheduleKeeper.name);

  constructor(
    private readonly settings: DeliverySettings,
    private readonly schedule: SweepSchedule,
    private readonly canary: WorkerCanary,
    private readonly lanes: RedisLanes,
    private readonly metrics: Metrics,
  ) {}

  async start(): Promise<void> {
    await this.schedule.ensure();
    this.timer = setInterval(() => this.look(), this.settings.sweepMs);
    this.lanes.onReady(() => {
      this.presentSinceMs = performance.now();
      this.look();
    });
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  private look(): void {
    this.looking ??= this.mend()
      .catch((error: unknown) => {
        this.presentSinceMs = performance.now();
        this.logger.debug({ msg: 'Could not check the schedule of the sweep', error: String(error) });
      })
      .finally(() => (this.looking = undefined));
  }

  private async mend(): Promise<void> {
    const silentMs = await this.canary.silentMs();
    const { sweepMs } = this.settings;
    if (silentMs !== undefined && silentMs <= LATE * sweepMs) return;
    // A queue that an operator has paused is left alone.
    if (await this.schedule.isPaused()) return;
    const lateMs = Math.min(silentMs ?? Infinity, performance.now() - this.presentSinceMs);
    if (lateMs <= this.stuckMs && (await this.schedule.isSet())) return;
    await this.schedule.renew();
    this.presentSinceMs = performance.now();
    this.metrics.schedulesRestored.inc();
    this.logger.event('schedule_restored', { queue: SWEEP_QUEUE });
  }

  /** Time without a run after which the schedule counts as stuck. */
  private get stuckMs(): number {
    return Math.max(STUCK * this.settings.sweepMs, this.canary.limitMs / 2);
  }
}
