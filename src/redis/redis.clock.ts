import { Injectable } from '@nestjs/common';
import type { Redis } from 'ioredis';
import type { RedisClient } from './redis.factory.js';

/**
 * The one clock of an installation: Redis' own, estimated from its `TIME`. Expiry and deadlines use it, so that a node
 * whose clock is wrong neither expires early nor wakes late.
 */
@Injectable()
export class RedisClock {
  private offsetMs = 0;

  /** Milliseconds since 1970 by the clock of Redis. */
  now(): number {
    return Date.now() + this.offsetMs;
  }

  /** Compares the clocks once; half of the round trip is the error. */
  async synchronise(client: RedisClient): Promise<void> {
    const sent = Date.now();
    const [seconds, micros] = await (client as Redis).time();
    const received = Date.now();
    this.offsetMs = Math.round(Number(seconds) * 1000 + Number(micros) / 1000 - (sent + received) / 2);
  }
}
