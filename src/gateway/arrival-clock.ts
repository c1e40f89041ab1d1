import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { RedisClock } from '../clock/redis-clock.js';

const TICK_MS = 250;
/** A tick that comes so late tells that the process stood still. */
const STALL_MS = 500;
/** For so long after it, what is read may have waited in the sockets. */
const CATCH_UP_MS = 2_000;

/**
 * When what is read now may have arrived. A process that was stopped or busy finds requests in its sockets that have waited there, and whose
 * clients may have gone elsewhere since.
 */
@Injectable()
export class ArrivalClock implements OnApplicationBootstrap, OnModuleDestroy {
  private tickedAtMs = this.monotonic();
  /** Since when it had stood still, until it has caught up. */
  private stalledAtMs?: number | undefined;
  private caughtUpAtMs = 0;
  private timer?: NodeJS.Timeout;

  constructor(private readonly clock: RedisClock) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => this.tick(), TICK_MS).unref();
    this.tickedAtMs = this.monotonic();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  /** By the clock of Redis: what is read now was not sent before the process last looked. */
  earliest(): number {
    const now = this.monotonic();
    const from = this.stalledAtMs ?? (now - this.tickedAtMs >= STALL_MS && this.timer ? this.tickedAtMs : now);
    return Math.floor(this.clock.now() - (now - from));
  }

  private tick(): void {
    const now = this.monotonic();
    if (now - this.tickedAtMs >= STALL_MS) {
      this.stalledAtMs ??= this.tickedAtMs;
      this.caughtUpAtMs = now + CATCH_UP_MS;
    } else if (now >= this.caughtUpAtMs) this.stalledAtMs = undefined;
    this.tickedAtMs = now;
  }

  private monotonic(): number {
    return performance.now();
  }
}
