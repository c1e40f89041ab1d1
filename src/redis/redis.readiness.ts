import { Injectable } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { ReadinessCheck, type ReadinessResult } from '../health/readiness-check.port.js';
import { RedisBus } from './redis.bus.js';
import { RedisLanes } from './redis.lanes.js';

/** Redis answers and hints arrive. */
@Injectable()
export class RedisReadiness extends ReadinessCheck {
  readonly name = 'redis';

  constructor(
    private readonly lanes: RedisLanes,
    private readonly bus: RedisBus,
  ) {
    super();
  }

  async check(): Promise<ReadinessResult> {
    const answered = await (this.lanes.client as Redis).ping().then(
      () => true,
      () => false,
    );
    if (!answered) return { ready: false, detail: 'Redis does not answer' };
    return this.bus.healthy ? { ready: true } : { ready: false, detail: 'the subscriber is not connected' };
  }
}
