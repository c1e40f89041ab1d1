import { type BeforeApplicationShutdown, Inject, Injectable, Logger } from '@nestjs/common';
import { type Job, Worker } from 'bullmq';
import { Config } from '../config/config.js';
import { type RedisClient, RedisFactory } from '../redis/redis.factory.js';
import { queuePrefix } from './queue.names.js';

/**
 * A killed worker's jobs run again after lock and stall check, 15 s at worst. Jobs are short and harmless when run twice, so
 * no number of stalls may fail one.
 */
const RECOVERY = { lockDuration: 10_000, stalledInterval: 5_000, maxStalledCount: 1_000_000, drainDelay: 5 };

/**
 * Runs the BullMQ workers of this process on a connection of their own: a producer must fail fast while Redis is away, a
 * worker must wait for it for ever, and `@Processor` would give a worker the connection of its queue.
 */
@Injectable()
export class JobWorkers implements BeforeApplicationShutdown {
  private readonly workers: Worker[] = [];
  private connection?: Promise<RedisClient>;
  private readonly logger = new Logger(JobWorkers.name);

  constructor(
    @Inject(Config) private readonly config: Config,
    private readonly factory: RedisFactory,
  ) {}

  /** @param concurrency jobs run at a time. */
  async start<T>(queue: string, concurrency: number, process: (job: Job<T>) => Promise<void>): Promise<void> {
    this.connection ??= this.factory.connect('worker', 'worker');
    const prefix = queuePrefix(this.config.keyPrefix);
    const worker = new Worker<T>(queue, process, {
      connection: await this.connection,
      prefix,
      concurrency,
      ...RECOVERY,
    });
    worker.on('error', (error) => this.logger.debug({ msg: 'Worker trouble', queue, error: error.message }));
    worker.on('failed', (job, error) => {
      this.logger.warn({ msg: 'A job failed', queue, job: job?.id, error: error.message });
    });
    this.workers.push(worker);
  }

  /** Lets the jobs under way end; what they leave undone is found by their next run elsewhere. */
  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all(this.workers.map((worker) => this.close(worker)));
  }

  private async close(worker: Worker): Promise<void> {
    let patience: NodeJS.Timeout | undefined;
    const enough = new Promise<void>((resolve) => {
      patience = setTimeout(resolve, this.config.drainMs);
    });
    await Promise.race([worker.close(), enough]);
    clearTimeout(patience);
  }
}
