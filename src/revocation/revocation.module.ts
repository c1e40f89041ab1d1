import { type DynamicModule, Module } from '@nestjs/common';
import { RedisModule } from '../redis/redis.module.js';
import { TopicModule } from '../topic/topic.module.js';
import { RevocationController } from './revocation.controller.js';
import { RevocationList } from './revocation.list.js';
import { RevocationService } from './revocation.service.js';
import { RevocationStore } from './revocation.store.js';

/** Which tokens count no more: kept in Redis, copied by every gateway. */
@Module({})
export class RevocationModule {
  static register({ api }: { api: boolean }): DynamicModule {
    return {
      module: RevocationModule,
      // The gateway asks it about every token.
      global: true,
      imports: [RedisModule, TopicModule],
      controllers: api ? [RevocationController] : [],
      providers: [RevocationStore, RevocationList, ...(api ? [RevocationService] : [])],
      exports: [RevocationList],
    };
  }
}
