import { Module } from '@nestjs/common';
import { HttpModule } from '../http/http.module.js';
import { RedisModule } from '../redis/redis.module.js';
import { AddressLimits } from './address-limits.js';
import { FailedKeys } from './failed-keys.js';
import { KeyRates } from './key-rates.js';
import { RefusedConnections } from './refused-connections.js';
import { RestRateGuard } from './rest-rate.guard.js';

/** Limits for API keys and addresses. */
@Module({
  imports: [HttpModule, RedisModule],
  providers: [AddressLimits, FailedKeys, KeyRates, RefusedConnections, RestRateGuard],
  exports: [AddressLimits, KeyRates, RestRateGuard],
})
export class LimitsModule {}
