import { Module } from '@nestjs/common';
import { RedisModule } from '../redis/redis.module.js';
import { TopicModule } from '../topic/topic.module.js';
import { NodeLease } from './node-lease.js';
import { SessionService } from './session.service.js';
import { SessionStore } from './session-store.js';
import { SessionExpiry } from './session-expiry.js';

/**
 * Sessions (open, resume, take over, suspend, expire) and the leases of the nodes that hold them.
 */
@Module({
  imports: [RedisModule, TopicModule],
  providers: [SessionStore, SessionService, SessionExpiry, NodeLease],
  exports: [SessionStore, SessionService, SessionExpiry, NodeLease],
})
export class SessionModule {}
