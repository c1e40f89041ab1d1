import { Global, Module } from '@nestjs/common';
import { RedisClock } from './redis-clock.js';

/** The clock by itself, for what judges times and has nothing to do with Redis; `RedisModule` sets it. */
@Global()
@Module({
  providers: [{ provide: RedisClock, useFactory: () => new RedisClock() }],
  exports: [RedisClock],
})
export class ClockModule {}
