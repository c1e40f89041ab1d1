import { Module } from '@nestjs/common';
import { ClientAddress } from '../http/client-address.js';
import { RedisModule } from '../redis/redis.module.js';
import { AddressLimits } from './address-limits.js';
import { FailedKeys } from './failed-keys.js';
import { KeyRates } from './key-rates.js';
import { RefusedConnections } from './refused-connections.js';
import { RestRateGuard } from './rest-rate.guard.js';

/** Limits for API keys and addresses. */
@Module({
  imports: [RedisModule],
  providers: [AddressLimits, ClientAddress, FailedKeys, KeyRates, RefusedConnections, RestRateGuard],
  exports: [AddressLimits, ClientAddress, KeyRates, RestRateGuard],
})
export class LimitsModule {}
