import { type BeforeApplicationShutdown, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { type Job, Worker } from 'bullmq';
import { Config } from '../config/config.js';
import type { CounterFamily } from '../observability/counter-family.js';
import { EventLogger } from '../observability/event-logger.js';
import { Metrics } from '../observability/metrics.js';
import { RedisClock } from '../clock/redis-clock.js';
import { type RedisClient, RedisFactory } from '../redis/redis-factory.js';
import { queuePrefix } from '../contract/partition.js';
import { WorkerBackend } from './worker-backend.js';

/**
 * A killed worker's jobs run again after lock and stall check, within 15 s. Jobs are short and
 * idempotent, so any number of stalls is allowed. A poll without an answer is repeated after one
 * second instead of BullMQ's 15.
 */
const RECOVERY = {
  lockDuration: 10_000,
  stalledInterval: 5_000,
  maxStalledCount: 1_000_000,
  drainDelay: 5,
  runRetryDelay: 1_000,
};
const LOOK_MS = 1_000;

interface Running {
  readonly worker: Worker;
  readonly backend: WorkerBackend;
  readonly connections: readonly [RedisClient, RedisClient];
}

/** A queue that this process works on; its worker is replaced if it has gone deaf. */
interface Assignment {
  readonly queue: string;
  running: Running;
  rebuild(): Running;
}

/**
 * Runs the BullMQ workers of this process on connections of their own: a producer must fail fast
 * while Redis is away, but a worker must wait for it forever. `@Processor` would give a worker the
 * connection of its queue.
 *
 * A running worker may have stopped polling. If it has not polled for `WORKER_SILENCE_MS` while
 * Redis answers others, it is replaced, with fresh connections.
 */
@Injectable()
export class JobWorkers implements BeforeApplicationShutdown, OnModuleDestroy {
  private readonly assignments: Assignment[] = [];
  private readonly done: CounterFamily<'queue' | 'result'>;
  /** Connection that distinguishes a silent worker from a missing Redis. */
  private probe?: RedisClient;
  private awayAt = performance.now();
  private readonly timer = setInterval(() => this.look(), LOOK_MS).unref();
  private readonly logger = new EventLogger(JobWorkers.name);

  constructor(
    private readonly config: Config,
    private readonly factory: RedisFactory,
    private readonly metrics: Metrics,
    private readonly clock: RedisClock,
  ) {
    this.done = metrics.family('jobs_done_total', 'Jobs run by workers of this process, by queue and result', [
      'queue',
      'result',
    ]);
    metrics.sampled(
      'worker_silence_seconds',
      'Time since the least active worker of this process last polled for jobs',
      () => this.silenceMs / 1_000,
      'max',
    );
  }

  /**
   * Milliseconds since the least active worker of this process polled, while Redis was reachable.
   */
  get silenceMs(): number {
    const sinceAwayMs = performance.now() - this.awayAt;
    return Math.min(sinceAwayMs, Math.max(0, ...this.assignments.map(({ running }) => running.backend.silenceMs)));
  }

  /** @param concurrency maximum jobs at a time. */
  async start<T>(queue: string, concurrency: number, process: (job: Job<T>) => Promise<void>): Promise<void> {
    this.probe ??= await this.factory.connect('worker-probe', 'command');
    const rebuild = (): Running => this.build(queue, concurrency, process);
    this.assignments.push({ queue, running: rebuild(), rebuild });
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  /** Waits for the running jobs; unfinished ones run again elsewhere. */
  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await Promise.all(this.assignments.map(({ running }) => this.close(running)));
  }

  private build<T>(queue: string, concurrency: number, process: (job: Job<T>) => Promise<void>): Running {
    const regular = this.factory.open(`worker-${queue}`, 'worker');
    const blocking = this.factory.open(`worker-${queue}-waits`, 'blocking');
    const prefix = queuePrefix(this.config.keyPrefix);
    const options = { connection: regular, prefix, concurrency, ...RECOVERY };
    const backend = new WorkerBackend(queue, options, this.clock, regular, blocking);
    const completed = this.done.child({ queue, result: 'completed' });
    const failed = this.done.child({ queue, result: 'failed' });
    const worker = new Worker<T, void, string, WorkerBackend>(queue, process, options, () => backend);
    worker.on('error', (error) => this.logger.debug({ msg: 'Worker error', queue, error: error.message }));
    worker.on('completed', () => completed.inc());
    worker.on('failed', (job, error) => {
      failed.inc();
      this.logger.event('job_failed', { queue, job: job?.id, error: error.message });
    });
    return { worker, backend, connections: [regular, blocking] };
  }

  private look(): void {
    if (this.probe?.status !== 'ready') this.awayAt = performance.now();
    if (performance.now() - this.awayAt < this.config.workerSilenceMs) return;
    for (const assignment of this.assignments) {
      const { silenceMs } = assignment.running.backend;
      if (silenceMs < this.config.workerSilenceMs) continue;
      this.logger.event('worker_replaced', { queue: assignment.queue, silentMs: Math.round(silenceMs) });
      this.metrics.workersReplaced.inc();
      const deaf = assignment.running;
      assignment.running = assignment.rebuild();
      void this.abandon(deaf);
    }
  }

  /**
   * Abandons a silent worker. Its running jobs may finish; otherwise they are found stalled and run
   * again.
   */
  private async abandon({ worker, connections }: Running): Promise<void> {
    await worker.close(true);
    for (const client of connections) this.factory.close(client);
  }

  private async close({ worker, connections }: Running): Promise<void> {
    let patience: NodeJS.Timeout | undefined;
    const enough = new Promise<void>((resolve) => {
      patience = setTimeout(resolve, this.config.drainMs);
    });
    // Without Redis no job can finish, so there is nothing to wait for.
    const isAway = connections.some(({ status }) => status !== 'ready');
    await Promise.race([worker.close(isAway), enough]);
    clearTimeout(patience);
  }
}
