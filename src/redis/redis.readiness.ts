import { Injectable } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { ReadinessCheck, type ReadinessResult } from '../health/readiness-check.port.js';
import { RedisBus } from './redis.bus.js';
import { RedisLanes } from './redis.lanes.js';
import { RedisWatch } from './redis.watch.js';

/** Redis answers, hints arrive, and nothing about it is unsafe. */
@Injectable()
export class RedisReadiness extends ReadinessCheck {
  readonly name = 'redis';

  constructor(
    private readonly lanes: RedisLanes,
    private readonly bus: RedisBus,
    private readonly watch: RedisWatch,
  ) {
    super();
  }

  async check(): Promise<ReadinessResult> {
    const answered = await (this.lanes.client as Redis).ping().then(
      () => true,
      () => false,
    );
    if (!answered) return { ready: false, detail: 'Redis does not answer' };
    if (!this.bus.healthy) return { ready: false, detail: 'the subscriber is not connected' };
    const { findings } = this.watch;
    if (findings.length === 0) return { ready: true };
    return { ready: !findings.some(({ unsafe }) => unsafe), detail: findings.map(({ text }) => text).join('; ') };
  }
}
