import { Module } from '@nestjs/common';
import { ClockModule } from '../clock/clock.module.js';
import { PublishModule } from '../publish/publish.module.js';
import { NotificationQueriesModule } from '../rest/notification-queries.module.js';
import { Notifications } from './notifications.js';

/** Publishing by injection, for the host application of Postrider. */
@Module({
  imports: [ClockModule, PublishModule, NotificationQueriesModule],
  providers: [Notifications],
  exports: [Notifications],
})
export class EmbeddingModule {}
