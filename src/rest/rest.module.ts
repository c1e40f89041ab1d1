import { Module } from '@nestjs/common';
import { LimitsModule } from '../limits/limits.module.js';
import { PublishModule } from '../publish/publish.module.js';
import { QueueModule } from '../queue/queue.module.js';
import { RedisModule } from '../redis/redis.module.js';
import { RevocationModule } from '../revocation/revocation.module.js';
import { SessionModule } from '../session/session.module.js';
import { TopicModule } from '../topic/topic.module.js';
import { BatchController } from './batch.controller.js';
import { BooksController } from './books.controller.js';
import { DeadLetterController } from './dead-letter.controller.js';
import { DeadLetterService } from './dead-letter.service.js';
import { NotificationController } from './notification.controller.js';
import { NotificationQueriesModule } from './notification-queries.module.js';
import { RevocationController } from './revocation.controller.js';
import { SessionController } from './session.controller.js';
import { SessionEnder } from './session-ender.js';
import { SessionQueries } from './session-queries.js';
import { TopicController } from './topic.controller.js';
import { TopicQueries } from './topic-queries.js';

/** REST API: one controller for each resource, and the queries behind them. */
@Module({
  imports: [
    RedisModule,
    TopicModule,
    SessionModule,
    QueueModule,
    PublishModule,
    RevocationModule,
    LimitsModule,
    NotificationQueriesModule,
  ],
  controllers: [
    NotificationController,
    BatchController,
    TopicController,
    SessionController,
    DeadLetterController,
    BooksController,
    RevocationController,
  ],
  providers: [TopicQueries, SessionQueries, SessionEnder, DeadLetterService],
})
export class RestModule {}
