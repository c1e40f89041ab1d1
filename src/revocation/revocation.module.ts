import { Module } from '@nestjs/common';
import { RedisModule } from '../redis/redis.module.js';
import { TopicModule } from '../topic/topic.module.js';
import { RevocationList } from './revocation-list.js';
import { RevocationService } from './revocation.service.js';
import { RevocationStore } from './revocation-store.js';

/** Token revocation: stored in Redis, cached by every gateway. */
@Module({
  imports: [RedisModule, TopicModule],
  providers: [RevocationStore, RevocationList, RevocationService],
  exports: [RevocationList, RevocationService],
})
export class RevocationModule {}
