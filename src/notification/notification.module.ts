import { type DynamicModule, Module, type ModuleMetadata, type Type } from '@nestjs/common';
import { LimitsModule } from '../limits/limits.module.js';
import { QueueModule } from '../queue/queue.module.js';
import { RedisModule } from '../redis/redis.module.js';
import { SessionModule } from '../session/session.module.js';
import { TopicModule } from '../topic/topic.module.js';
import { Admission } from './admission.js';
import { BatchController } from './batch.controller.js';
import { BooksController } from './books.controller.js';
import { Committer } from './committer.service.js';
import { DeadLetterController } from './dead-letter.controller.js';
import { DeadLetterService } from './dead-letter.service.js';
import { DeliveryHooks, NoDeliveryHooks } from './delivery-hooks.port.js';
import { DryRunService } from './dry-run.service.js';
import { NotificationController } from './notification.controller.js';
import { NotificationQueries } from './notification.queries.js';
import { NotificationService } from './notification.service.js';
import { NotificationStore } from './notification.store.js';
import { RecipientResolver, TargetRecipientResolver } from './recipient-resolver.port.js';
import { ReleaseProcessor } from './release.processor.js';
import { SessionController } from './session.controller.js';
import { SessionQueries } from './session.queries.js';
import { TopicController } from './topic.controller.js';
import { TopicQueries } from './topic.queries.js';

export interface NotificationOptions {
  /** Serve REST. */
  api: boolean;
  /** Consume release jobs. */
  worker: boolean;
  recipientResolver?: Type<RecipientResolver>;
  deliveryHooks?: Type<DeliveryHooks>;
  imports?: ModuleMetadata['imports'];
}

const CONTROLLERS = [
  NotificationController,
  BatchController,
  TopicController,
  SessionController,
  DeadLetterController,
  BooksController,
];
const QUERIES = [NotificationQueries, TopicQueries, SessionQueries, DeadLetterService, DryRunService];

/** Accepting notifications, and everything that REST tells of them. */
@Module({})
export class NotificationModule {
  static register(options: NotificationOptions): DynamicModule {
    const { api, worker, recipientResolver, deliveryHooks, imports = [] } = options;
    return {
      module: NotificationModule,
      // The gateway publishes what clients publish.
      global: true,
      imports: [RedisModule, TopicModule, SessionModule, QueueModule, ...(api ? [LimitsModule] : []), ...imports],
      controllers: api ? CONTROLLERS : [],
      providers: [
        Admission,
        NotificationService,
        NotificationStore,
        Committer,
        { provide: RecipientResolver, useClass: recipientResolver ?? TargetRecipientResolver },
        { provide: DeliveryHooks, useClass: deliveryHooks ?? NoDeliveryHooks },
        ...(api ? QUERIES : []),
        ...(worker ? [ReleaseProcessor] : []),
      ],
      exports: [NotificationService, Committer],
    };
  }
}
