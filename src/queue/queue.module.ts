import { getQueueToken, InjectQueue } from '@nestjs/bullmq';
import { Module, type OnApplicationShutdown, type Provider } from '@nestjs/common';
import { Queue } from 'bullmq';
import { RedisSettings } from '../config/settings.js';
import { queuePrefix } from '../contract/partition.js';
import { RedisClock } from '../clock/redis-clock.js';
import { type RedisClient, RedisFactory } from '../redis/redis-factory.js';
import { RedisModule } from '../redis/redis.module.js';
import { TopicModule } from '../topic/topic.module.js';
import { ClockedBackend } from './clocked-backend.js';
import { GuardQueue } from './guard-queue.js';
import { GuardJobs } from './guard-jobs.js';
import { JobWorkers } from './job-workers.js';
import { GUARD_QUEUE, RELEASE_QUEUE, SWEEP_QUEUE } from './queue-names.js';
import { QueueStats } from './queue-stats.js';
import { ReleaseQueue } from './release-queue.js';
import { SweepSchedule } from './sweep-schedule.js';

const PRODUCER = Symbol('the connection on which jobs are added');

/** Like `BullModule.registerQueue`, which cannot set the clock. */
const queueOf = (name: string): Provider => ({
  provide: getQueueToken(name),
  inject: [PRODUCER, RedisSettings, RedisClock],
  useFactory: (connection: RedisClient, { keyPrefix }: RedisSettings, clock: RedisClock): Queue => {
    const options = { connection, prefix: queuePrefix(keyPrefix), skipWaitingForReady: true };
    return new Queue(name, options, () => new ClockedBackend(name, options, clock, connection));
  },
});

const QUEUES = [GUARD_QUEUE, RELEASE_QUEUE, SWEEP_QUEUE].map(queueOf);

/** BullMQ queues to which any process adds jobs. The worker modules consume them. */
@Module({
  imports: [RedisModule, TopicModule],
  providers: [
    {
      // The connection must be ready before a queue is created; otherwise the queue would never
      // work.
      provide: PRODUCER,
      inject: [RedisFactory],
      useFactory: (factory: RedisFactory) => factory.connect('producer', 'command'),
    },
    ...QUEUES,
    GuardQueue,
    GuardJobs,
    ReleaseQueue,
    JobWorkers,
    QueueStats,
    SweepSchedule,
  ],
  exports: [GuardQueue, GuardJobs, ReleaseQueue, JobWorkers, QueueStats, SweepSchedule],
})
export class QueueModule implements OnApplicationShutdown {
  private readonly queues: readonly Queue[];

  constructor(
    @InjectQueue(GUARD_QUEUE) guard: Queue,
    @InjectQueue(RELEASE_QUEUE) release: Queue,
    @InjectQueue(SWEEP_QUEUE) sweep: Queue,
  ) {
    this.queues = [guard, release, sweep];
    // The connection logs its own errors; BullMQ would write them to the console again.
    for (const queue of this.queues) queue.on('error', () => undefined);
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all(this.queues.map((queue) => queue.close()));
  }
}
