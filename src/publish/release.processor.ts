import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { DeliverySettings } from '../config/settings.js';
import { JobWorkers } from '../queue/job-workers.js';
import { RELEASE_QUEUE } from '../queue/queue-names.js';
import type { ReleaseJob } from '../queue/release-queue.js';
import { Releaser } from './releaser.js';

/**
 * Releases scheduled notifications into their topics. Harmless when run twice, even after a crash
 * in between.
 */
@Injectable()
export class ReleaseProcessor implements OnApplicationBootstrap {
  constructor(
    private readonly settings: DeliverySettings,
    private readonly workers: JobWorkers,
    private readonly releaser: Releaser,
  ) {}

  onApplicationBootstrap(): Promise<void> {
    return this.workers.start<ReleaseJob>(RELEASE_QUEUE, this.settings.workerConcurrency, ({ data }) =>
      this.releaser.release(data.id),
    );
  }
}
