import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { JobWorkers } from './job-workers.js';
import { SWEEP_QUEUE } from './queue-names.js';
import { Repair } from './repair.js';
import { ScheduleKeeper } from './schedule-keeper.js';
import { WorkerCanary } from './worker-canary.js';

/** Runs the sweep, one worker at a time. */
@Injectable()
export class SweepProcessor implements OnApplicationBootstrap {
  private readonly followers: (() => Promise<void>)[] = [];

  constructor(
    private readonly schedule: ScheduleKeeper,
    private readonly canary: WorkerCanary,
    private readonly repair: Repair,
    private readonly workers: JobWorkers,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.schedule.start();
    await this.workers.start(SWEEP_QUEUE, 1, () => this.sweep());
  }

  /**
   * Runs a function after each sweep of this worker.
   * @param follower never throws.
   */
  follow(follower: () => Promise<void>): void {
    this.followers.push(follower);
  }

  private async sweep(): Promise<void> {
    await this.canary.touch();
    await this.repair.run();
    await Promise.all(this.followers.map((follower) => follower()));
  }
}
