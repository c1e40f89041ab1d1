import { Module } from '@nestjs/common';
import { ClockModule } from '../clock/clock.module.js';
import { PublishModule } from '../publish/publish.module.js';
import { SessionModule } from '../session/session.module.js';
import { TopicModule } from '../topic/topic.module.js';
import { NotificationCanceller } from './notification-canceller.js';
import { NotificationFinder } from './notification-finder.js';
import { NotificationQueries } from './notification-queries.js';

/** Status, timeline, receipts and cancelling of notifications. */
@Module({
  imports: [ClockModule, TopicModule, SessionModule, PublishModule],
  providers: [NotificationFinder, NotificationQueries, NotificationCanceller],
  exports: [NotificationFinder, NotificationQueries, NotificationCanceller],
})
export class NotificationQueriesModule {}
