import { InjectQueue } from '@nestjs/bullmq';
import { Injectable } from '@nestjs/common';
import type { Queue } from 'bullmq';
import { PostriderError } from '../errors/postrider.error.js';
import { RELEASE_QUEUE } from './queue.names.js';

export interface ReleaseJob {
  readonly id: string;
}

/** Adds the jobs that release scheduled notifications; running one twice is harmless. */
@Injectable()
export class ReleaseQueue {
  constructor(@InjectQueue(RELEASE_QUEUE) private readonly queue: Queue<ReleaseJob>) {}

  /** @throws PostriderError `redis_unavailable`: the schedule is indexed, the sweep will find it. */
  async add(id: string, delayMs: number): Promise<void> {
    const options = {
      delay: Math.max(0, delayMs),
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
      throw new PostriderError(
        'redis_unavailable',
        'The schedule could not be set: try again with the same Idempotency-Key',
        {
          retryAfterMs: 1000,
          cause: error,
        },
      );
    }
  }
}
