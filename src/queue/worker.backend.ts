import { QueueKeys, RedisConnection, RedisQueueBackend, type WorkerOptions } from 'bullmq';
import type { RedisClient } from '../redis/redis.factory.js';

/** The connections of one worker: on `blocking` it waits for jobs, on `regular` it does everything else. */
export interface WorkerConnections {
  readonly regular: RedisClient;
  readonly blocking: RedisClient;
}

/** What BullMQ does on Redis for one worker, on connections that are not its own to close. Knows when it last asked for jobs. */
export class WorkerBackend extends RedisQueueBackend {
  private answeredAt = performance.now();

  constructor(name: string, options: WorkerOptions, { regular, blocking }: WorkerConnections) {
    const keys = new QueueKeys(options.prefix);
    super(
      new RedisConnection(regular, { shared: true, blocking: false }),
      name,
      keys.getKeys(name),
      (type) => keys.toKey(name, type),
      options,
      new RedisConnection(blocking, { shared: true, blocking: true }),
    );
  }

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
