import { InjectQueue } from '@nestjs/bullmq';
import { Injectable } from '@nestjs/common';
import type { Queue } from 'bullmq';
import { GUARD_QUEUE, RELEASE_QUEUE, SWEEP_QUEUE } from './queue-names.js';

/** Jobs of a queue by state. */
export interface QueueCounts {
  readonly name: string;
  readonly waiting: number;
  readonly active: number;
  readonly delayed: number;
  readonly failed: number;
  /** True if an operator has paused the queue. */
  readonly paused: boolean;
}

/** Counts the jobs of the queues. */
@Injectable()
export class QueueStats {
  private readonly queues: readonly Queue[];

  constructor(
    @InjectQueue(GUARD_QUEUE) guard: Queue,
    @InjectQueue(RELEASE_QUEUE) release: Queue,
    @InjectQueue(SWEEP_QUEUE) sweep: Queue,
  ) {
    this.queues = [guard, release, sweep];
  }

  counts(): Promise<QueueCounts[]> {
    return Promise.all(
      this.queues.map(async (queue): Promise<QueueCounts> => {
        const counts = queue.getJobCounts('waiting', 'active', 'delayed', 'failed');
        const [{ waiting = 0, active = 0, delayed = 0, failed = 0 }, paused] = await Promise.all([
          counts,
          queue.isPaused(),
        ]);
        return { name: queue.name, waiting, active, delayed, failed, paused };
      }),
    );
  }
}
