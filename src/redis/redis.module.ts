import { Module } from '@nestjs/common';
import { RedisSettings } from '../config/settings.js';
import { Metrics } from '../observability/metrics.js';
import { ClockModule } from '../clock/clock.module.js';
import { ClockReadiness } from './clock-readiness.js';
import { ClockSync } from './clock-sync.js';
import { RedisBus } from './redis-bus.js';
import { RedisClock } from '../clock/redis-clock.js';
import { RedisFactory } from './redis-factory.js';
import { RedisInfo } from './redis-info.js';
import { RedisLanes } from './redis-lanes.js';
import { RedisRefusals } from './redis-refusals.js';
import { RedisReadiness } from './redis-readiness.js';
import { RedisSurvey } from './redis-survey.js';
import { RedisWatch } from './redis-watch.js';

/** Connections to Redis and the services directly on top: script lanes, hint bus and clock. */
@Module({
  imports: [ClockModule],
  providers: [
    RedisFactory,
    RedisReadiness,
    RedisRefusals,
    ClockReadiness,
    ClockSync,
    RedisInfo,
    RedisSurvey,
    RedisWatch,
    {
      provide: RedisLanes,
      useFactory: RedisLanes.connect,
      inject: [RedisSettings, RedisFactory, RedisClock, Metrics, RedisRefusals],
    },
    {
      provide: RedisBus,
      useFactory: async (settings: RedisSettings, factory: RedisFactory, lanes: RedisLanes, refusals: RedisRefusals) =>
        new RedisBus(settings.keyPrefix, lanes.client, await factory.connect('subscriber', 'subscriber'), refusals),
      inject: [RedisSettings, RedisFactory, RedisLanes, RedisRefusals],
    },
  ],
  exports: [RedisFactory, ClockModule, RedisInfo, RedisLanes, RedisBus, RedisWatch],
})
export class RedisModule {}
