import { InjectQueue } from '@nestjs/bullmq';
import { Injectable } from '@nestjs/common';
import type { Queue } from 'bullmq';
import { PostriderError } from '../contract/postrider-error.js';
import { RedisClock } from '../clock/redis-clock.js';
import { RELEASE_QUEUE } from './queue-names.js';

export interface ReleaseJob {
  readonly id: string;
}

/** A job that runs before its time has to be added again: our estimate of Redis' clock is a few milliseconds wide. */
const MARGIN_MS = 20;

/** Adds the jobs that release scheduled notifications; running one twice is harmless. */
@Injectable()
export class ReleaseQueue {
  constructor(
    @InjectQueue(RELEASE_QUEUE) private readonly queue: Queue<ReleaseJob>,
    private readonly clock: RedisClock,
  ) {}

  /**
   * @param releaseAtMs by Redis' clock; a moment that has passed releases at once.
   * @throws PostriderError `redis_unavailable`: the schedule is indexed, the sweep will find it.
   */
  async add(id: string, releaseAtMs: number): Promise<void> {
    const timestamp = this.clock.now();
    const options = {
      timestamp,
      delay: Math.max(0, releaseAtMs - timestamp) + MARGIN_MS,
      attempts: 1_000,
      removeOnComplete: true,
      removeOnFail: { count: 1_000 },
    };
    try {
      await this.queue.add(
        'release',
        { id },
        { ...options, backoff: { type: 'exponential', delay: 1_000, jitter: 0.5 } },
      );
    } catch (error) {
      throw new PostriderError('redis_unavailable', undefined, { cause: error });
    }
  }
}
