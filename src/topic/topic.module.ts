import { Module } from '@nestjs/common';
import { RedisModule } from '../redis/redis.module.js';
import { BooksService } from './books.service.js';
import { DeadLetterStore } from './dead-letter-store.js';
import { OpenDeliveries } from './open-deliveries.js';
import { ReceiptsService } from './receipts.service.js';
import { TopicAcks } from './topic-acks.js';
import { TopicAlarms } from './topic-alarms.js';
import { TopicEndings } from './topic-endings.js';
import { TopicHints } from './topic-hints.js';
import { TopicLog } from './topic-log.js';
import { TopicMembers } from './topic-members.js';
import { TopicNamespaces } from './topic-namespaces.js';
import { TopicVitals } from './topic-vitals.js';

const SERVICES = [
  TopicHints,
  TopicNamespaces,
  TopicLog,
  TopicMembers,
  TopicAcks,
  TopicAlarms,
  ReceiptsService,
  OpenDeliveries,
  BooksService,
  DeadLetterStore,
  TopicVitals,
];

/** Durable logs: entries, members, cursors, receipts, alarms and books. */
@Module({ imports: [RedisModule], providers: [...SERVICES, TopicEndings], exports: SERVICES })
export class TopicModule {}
