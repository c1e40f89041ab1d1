import { InjectQueue } from '@nestjs/bullmq';
import { Injectable } from '@nestjs/common';
import type { Queue } from 'bullmq';
import { RedisClock } from '../clock/redis-clock.js';
import { DeliverySettings } from '../config/settings.js';
import { SWEEP_QUEUE } from './queue-names.js';

const NAME = 'sweep';
const JOB = { name: NAME, opts: { removeOnComplete: true, removeOnFail: { count: 100 } } };
/** Number of intervals beyond which the next run belongs to another clock. */
const FAR = 2;

/** Schedule of the sweep, as BullMQ stores it in Redis. */
@Injectable()
export class SweepSchedule {
  constructor(
    private readonly settings: DeliverySettings,
    @InjectQueue(SWEEP_QUEUE) private readonly queue: Queue,
    private readonly clock: RedisClock,
  ) {}

  /** True if an operator has paused it. */
  isPaused(): Promise<boolean> {
    return this.queue.isPaused();
  }

  /** True if its next run is in Redis, and near. */
  async isSet(): Promise<boolean> {
    const [scheduler, jobs] = await Promise.all([
      this.queue.getJobScheduler(NAME),
      this.queue.getJobCountByTypes('wait', 'active', 'delayed', 'prioritized'),
    ]);
    if (scheduler === undefined || jobs === 0) return false;
    // If the clock of Redis was set back, the next run is that far away.
    return Number(scheduler.next) <= this.clock.now() + FAR * this.settings.sweepMs;
  }

  /** Creates the schedule if it is missing. */
  async ensure(): Promise<void> {
    if (await this.isSet()) await this.upsert();
    else await this.renew();
  }

  /** BullMQ keeps the next run of a known schedule, even of an incomplete one. */
  async renew(): Promise<void> {
    await this.queue.removeJobScheduler(NAME);
    await this.upsert();
  }

  private async upsert(): Promise<void> {
    await this.queue.upsertJobScheduler(NAME, { every: this.settings.sweepMs }, JOB);
  }
}
