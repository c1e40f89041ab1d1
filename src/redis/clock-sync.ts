import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { RedisClock } from '../clock/redis-clock.js';
import { RedisLanes } from './redis-lanes.js';

const INTERVAL_MS = 1_000;

/** Keeps the clock of this process synchronized with that of Redis. */
@Injectable()
export class ClockSync implements OnModuleInit, OnModuleDestroy {
  private timer?: NodeJS.Timeout;
  private readonly logger = new Logger(ClockSync.name);

  constructor(
    private readonly lanes: RedisLanes,
    private readonly clock: RedisClock,
  ) {}

  onModuleInit(): void {
    // Another machine may answer now, with another clock.
    this.lanes.onReady(() => void this.synchronize());
    this.timer = setInterval(() => void this.synchronize(), INTERVAL_MS);
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  private async synchronize(): Promise<void> {
    try {
      await this.clock.synchronize(this.lanes.client);
    } catch (error) {
      this.logger.debug({ msg: 'Could not read the clock of Redis', error: String(error) });
    }
  }
}
