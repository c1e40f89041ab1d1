import { BullModule, InjectQueue } from '@nestjs/bullmq';
import { Module } from '@nestjs/common';
import type { Queue } from 'bullmq';
import { Config } from '../config/config.js';
import { RedisFactory } from '../redis/redis.factory.js';
import { RedisModule } from '../redis/redis.module.js';
import { TopicModule } from '../topic/topic.module.js';
import { GuardQueue } from './guard.queue.js';
import { GuardService } from './guard.service.js';
import { JobWorkers } from './job.workers.js';
import { GUARD_QUEUE, queuePrefix, RELEASE_QUEUE, SWEEP_QUEUE } from './queue.names.js';
import { QueueStats } from './queue.stats.js';
import { ReleaseQueue } from './release.queue.js';

/** The alarm clock: BullMQ queues to which jobs are added from anywhere. What consumes them is in the worker modules. */
@Module({
  imports: [
    RedisModule,
    TopicModule,
    BullModule.forRootAsync({
      imports: [RedisModule],
      inject: [Config, RedisFactory],
      // The connection is ready before a queue is made, else the queue would stay dead.
      useFactory: async (config: Config, factory: RedisFactory) => ({
        connection: await factory.connect('producer', 'command'),
        prefix: queuePrefix(config.keyPrefix),
        skipWaitingForReady: true,
      }),
    }),
    BullModule.registerQueue({ name: GUARD_QUEUE }, { name: RELEASE_QUEUE }, { name: SWEEP_QUEUE }),
  ],
  providers: [GuardQueue, GuardService, ReleaseQueue, JobWorkers, QueueStats],
  exports: [GuardQueue, GuardService, ReleaseQueue, JobWorkers, QueueStats, BullModule],
})
export class QueueModule {
  constructor(
    @InjectQueue(GUARD_QUEUE) guard: Queue,
    @InjectQueue(RELEASE_QUEUE) release: Queue,
    @InjectQueue(SWEEP_QUEUE) sweep: Queue,
  ) {
    // Their connection tells of its trouble; BullMQ would write the same to the console.
    for (const queue of [guard, release, sweep]) queue.on('error', () => undefined);
  }
}
