import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { RedisClock } from '../clock/redis-clock.js';

const TICK_MS = 250;
/** Delay of a tick from which the process counts as stalled. */
const STALL_MS = 500;
/** How long after a stall the frames being read may have waited in their sockets. */
const CATCH_UP_MS = 2_000;

/**
 * Estimates when frames that are read now may have arrived. After a stall, a process finds requests
 * that have waited in its sockets, and whose clients may have reconnected elsewhere since.
 */
@Injectable()
export class ArrivalClock implements OnApplicationBootstrap, OnModuleDestroy {
  private tickedAtMs = this.monotonic();
  /** Start of the last stall, until the process has caught up. */
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

  /** Earliest time, by the clock of Redis, at which frames that are read now may have been sent. */
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
