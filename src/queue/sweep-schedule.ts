import { InjectQueue } from '@nestjs/bullmq';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { Queue } from 'bullmq';
import { Config } from '../config/config.js';
import { EventLogger } from '../observability/event-logger.js';
import { Metrics } from '../observability/metrics.js';
import { RedisClock } from '../clock/redis-clock.js';
import { RedisLanes } from '../redis/redis-lanes.js';
import { SWEEP_QUEUE } from './queue-names.js';
import { WorkerCanary } from './worker-canary.js';

const NAME = 'sweep';
const JOB = { name: NAME, opts: { removeOnComplete: true, removeOnFail: { count: 100 } } };
/** A sweep that is this many times its interval late has lost its schedule, or what is left of it does not run. */
const LATE = 2;
const STUCK = 4;

/**
 * That the sweep comes round. It is kept in Redis, which may be emptied, lose keys or fail over to a replica that has none of
 * them, so every worker looks now and then whether it is still there, and whenever Redis is back.
 */
@Injectable()
export class SweepSchedule implements OnModuleDestroy {
  private timer?: NodeJS.Timeout;
  private looking?: Promise<void> | undefined;
  /** Since when Redis is there, as far as this process knows: while it is away nothing comes round. */
  private presentSinceMs = performance.now();
  private readonly logger = new EventLogger(SweepSchedule.name);

  constructor(
    private readonly config: Config,
    @InjectQueue(SWEEP_QUEUE) private readonly queue: Queue,
    private readonly canary: WorkerCanary,
    private readonly lanes: RedisLanes,
    private readonly clock: RedisClock,
    private readonly metrics: Metrics,
  ) {}

  async start(): Promise<void> {
    await this.renew();
    this.timer = setInterval(() => this.look(), this.config.sweepMs);
    this.lanes.client.on('ready', () => {
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
        this.logger.debug({ msg: 'The sweep could not be looked at', error: String(error) });
      })
      .finally(() => (this.looking = undefined));
  }

  private async mend(): Promise<void> {
    const silentMs = await this.canary.silentMs();
    const { sweepMs } = this.config;
    if (silentMs !== undefined && silentMs <= LATE * sweepMs) return;
    // What an operator has paused is not mended.
    if (await this.queue.isPaused()) return;
    const lateMs = Math.min(silentMs ?? Infinity, performance.now() - this.presentSinceMs);
    if (lateMs <= this.stuckMs && (await this.isSet())) return;
    await this.renew(true);
    this.presentSinceMs = performance.now();
    this.metrics.schedulesRestored.inc();
    this.logger.event('schedule_restored', { queue: SWEEP_QUEUE });
  }

  /** What is there and has not run for so long will not. */
  private get stuckMs(): number {
    return Math.max(STUCK * this.config.sweepMs, this.canary.limitMs / 2);
  }

  private async isSet(): Promise<boolean> {
    const [scheduler, jobs] = await Promise.all([
      this.queue.getJobScheduler(NAME),
      this.queue.getJobCountByTypes('wait', 'active', 'delayed', 'prioritized'),
    ]);
    if (scheduler === undefined || jobs === 0) return false;
    // Where the clock of Redis was set back, its next turn is as far away as that.
    return Number(scheduler.next) <= this.clock.now() + LATE * this.config.sweepMs;
  }

  /** BullMQ keeps the next turn of a schedule that it knows, and takes the job of one that has lost a part for there. */
  private async renew(isStuck = false): Promise<void> {
    if (isStuck || !(await this.isSet())) await this.queue.removeJobScheduler(NAME);
    await this.queue.upsertJobScheduler(NAME, { every: this.config.sweepMs }, JOB);
  }
}
