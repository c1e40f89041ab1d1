import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { DeliverySettings } from '../config/settings.js';
import type { GuardJob } from './guard-queue.js';
import { GuardJobs } from './guard-jobs.js';
import { JobWorkers } from './job-workers.js';
import { GUARD_QUEUE } from './queue-names.js';

/** Runs guard jobs, when the ack wait of a batch is over. */
@Injectable()
export class GuardJobProcessor implements OnApplicationBootstrap {
  constructor(
    private readonly settings: DeliverySettings,
    private readonly workers: JobWorkers,
    private readonly guard: GuardJobs,
  ) {}

  onApplicationBootstrap(): Promise<void> {
    return this.workers.start<GuardJob>(GUARD_QUEUE, this.settings.workerConcurrency, ({ data }) =>
      this.guard.wake(data.names, false, data.traces),
    );
  }
}
