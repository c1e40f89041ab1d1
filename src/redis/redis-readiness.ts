import { Injectable } from '@nestjs/common';
import { ReadinessCheck, type ReadinessResult } from '../contract/readiness-check.port.js';
import { RedisBus } from './redis-bus.js';
import { RedisFactory } from './redis-factory.js';
import { RedisInfo } from './redis-info.js';
import { RedisLanes } from './redis-lanes.js';
import { RedisWatch } from './redis-watch.js';

/**
 * Ready if Redis answers and accepts writes, hints arrive, replicas confirm, and no finding is
 * unsafe.
 */
@Injectable()
export class RedisReadiness extends ReadinessCheck {
  readonly name = 'redis';

  constructor(
    private readonly factory: RedisFactory,
    private readonly info: RedisInfo,
    private readonly bus: RedisBus,
    private readonly watch: RedisWatch,
    private readonly lanes: RedisLanes,
  ) {
    super();
  }

  async check(): Promise<ReadinessResult> {
    if (!(await this.info.answers())) return this.without('Redis does not answer');
    if (!this.bus.healthy) return this.without('the subscriber is not connected', this.bus.refusal);
    // Matches the time in which sockets are refused because of it.
    if (this.lanes.awayMs > 0) return this.without('a connection to Redis is down');
    const isShort = this.lanes.commit.isShort;
    const { findings } = this.watch;
    const told = [...(isShort ? ['too few replicas confirm writes'] : []), ...findings.map(({ text }) => text)];
    if (told.length === 0) return { ready: true };
    return { ready: !isShort && !findings.some(({ unsafe }) => unsafe), detail: told.join('; ') };
  }

  private without(what: string, why = ''): ReadinessResult {
    const refusal = why || this.factory.refusal;
    return { ready: false, detail: refusal === '' ? what : `${what}: ${refusal}` };
  }
}
