import { Module } from '@nestjs/common';
import { RedisModule } from '../redis/redis.module.js';
import { SessionModule } from '../session/session.module.js';
import { TopicModule } from '../topic/topic.module.js';
import { GuardJobProcessor } from './guard-job.processor.js';
import { QueueModule } from './queue.module.js';
import { Repair } from './repair.js';
import { ScheduleKeeper } from './schedule-keeper.js';
import { SweepProcessor } from './sweep.processor.js';
import { WorkerCanary } from './worker-canary.js';

/** Consumes the jobs; imported by the role `worker`. */
@Module({
  imports: [QueueModule, RedisModule, TopicModule, SessionModule],
  providers: [GuardJobProcessor, Repair, ScheduleKeeper, SweepProcessor, WorkerCanary],
  exports: [SweepProcessor],
})
export class WorkerModule {}
