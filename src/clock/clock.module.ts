import { Module } from '@nestjs/common';
import { RedisClock } from './redis-clock.js';

/**
 * Provides the clock alone, for modules that need the time but not Redis; `RedisModule` sets it.
 */
@Module({
  providers: [{ provide: RedisClock, useFactory: () => new RedisClock() }],
  exports: [RedisClock],
})
export class ClockModule {}
