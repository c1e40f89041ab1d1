import { InjectQueue } from '@nestjs/bullmq';
import { Injectable } from '@nestjs/common';
import type { Queue } from 'bullmq';
import { unavailable } from '../contract/postrider-error.js';
import { RedisClock } from '../clock/redis-clock.js';
import { JOB_OPTIONS, timingOf } from './job-options.js';
import { RELEASE_QUEUE } from './queue-names.js';

export interface ReleaseJob {
  readonly id: string;
}

/** Adds the jobs that release scheduled notifications; running one twice is harmless. */
@Injectable()
export class ReleaseQueue {
  constructor(
    @InjectQueue(RELEASE_QUEUE) private readonly queue: Queue<ReleaseJob>,
    private readonly clock: RedisClock,
  ) {}

  /**
   * @param releaseAtMs time by the clock of Redis; a past time releases at once.
   * @throws PostriderError `redis_unavailable`: the schedule is indexed, so the sweep will find it.
   */
  async add(id: string, releaseAtMs: number): Promise<void> {
    try {
      await this.queue.add('release', { id }, { ...JOB_OPTIONS, ...timingOf(releaseAtMs, this.clock.now()) });
    } catch (error) {
      throw unavailable(error);
    }
  }
}
