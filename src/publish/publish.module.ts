import { Module } from '@nestjs/common';
import { QueueModule } from '../queue/queue.module.js';
import { RedisModule } from '../redis/redis.module.js';
import { SessionModule } from '../session/session.module.js';
import { TopicModule } from '../topic/topic.module.js';
import { AcceptPlanner } from './accept-planner.js';
import { AcceptStore } from './accept-store.js';
import { Admission } from './admission.js';
import { Committer } from './committer.js';
import { DryRunService } from './dry-run.service.js';
import { NotificationService } from './notification.service.js';
import { NotificationStore } from './notification-store.js';

/** Accepts notifications. `ExtensionsModule` binds its ports. */
@Module({
  imports: [RedisModule, TopicModule, SessionModule, QueueModule],
  providers: [NotificationService, AcceptPlanner, AcceptStore, Admission, NotificationStore, Committer, DryRunService],
  exports: [NotificationService, NotificationStore, Committer, DryRunService],
})
export class PublishModule {}
