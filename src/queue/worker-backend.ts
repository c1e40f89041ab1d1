import { ClockedBackend } from './clocked-backend.js';
import type { RedisQueueBackend } from 'bullmq';

/** What BullMQ does on Redis for one worker, on connections that are not its own to close. Knows when it last asked for jobs. */
export class WorkerBackend extends ClockedBackend {
  private answeredAt = performance.now();

  /** Milliseconds since Redis last answered this worker whether there is a job for it. */
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
