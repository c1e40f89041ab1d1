import { ClockedBackend } from './clocked-backend.js';
import type { RedisQueueBackend } from 'bullmq';

/**
 * BullMQ's Redis backend for one worker, on connections that it does not own. It knows when the
 * worker last polled.
 */
export class WorkerBackend extends ClockedBackend {
  private answeredAt = performance.now();

  /** Milliseconds since Redis last answered a poll of this worker. */
  get silenceMs(): number {
    return performance.now() - this.answeredAt;
  }

  override async moveToActive(token: string, name?: string): Promise<unknown[]> {
    const answer = await super.moveToActive(token, name);
    this.answeredAt = performance.now();
    return answer;
  }

  override async moveToFinished(...given: Parameters<RedisQueueBackend['moveToFinished']>): Promise<unknown[]> {
    const answer = await super.moveToFinished(...given);
    this.answeredAt = performance.now();
    return answer;
  }
}
