import { Injectable, Logger } from '@nestjs/common';
import type { Publisher } from '../contract/publisher.js';
import { LimitSettings } from '../config/settings.js';
import { RedisLanes } from '../redis/redis-lanes.js';
import type { SharedRate } from '../redis/shared-rate.js';

const WINDOW_MS = 10_000;
/** Maximum reports to Redis per key and window. */
const REPORTS = 10;

/** State of a key's rate limit after a request. */
export interface Allowance {
  readonly allowed: boolean;
  readonly limit: number;
  readonly remaining: number;
  /** Milliseconds until the full limit is available again. */
  readonly resetMs: number;
}

/** Use of a key in the current window, as this node knows it. */
interface Use {
  untilMs: number;
  /** Requests of all nodes, as of the last answer of Redis. */
  told: number;
  /** Requests that this node has let pass and that `told` does not include yet. */
  own: number;
  reporting: boolean;
}

/**
 * Rate limit of each key over all nodes. Each node decides at once from what it knows. It reports
 * to Redis after each tenth of the limit and learns the total from the answer, so no request waits
 * for Redis. In exchange, each node may let pass a tenth too many, plus the requests that arrive
 * while Redis answers. If Redis is away, each node counts alone.
 */
@Injectable()
export class KeyRates {
  private readonly points: number;
  private readonly rate?: SharedRate;
  private readonly uses = new Map<string, Use>();
  private readonly logger = new Logger(KeyRates.name);

  constructor({ restRatePerKey }: LimitSettings, lanes: RedisLanes) {
    this.points = (restRatePerKey * WINDOW_MS) / 1_000;
    if (this.points > 0) this.rate = lanes.sharedRate(this.points, WINDOW_MS);
  }

  /** @returns undefined if there is no limit. */
  take({ app, name }: Publisher, count: number): Allowance | undefined {
    if (!this.rate) return undefined;
    const key = `${app}:${name}`;
    const now = performance.now();
    const use = this.useOf(key, now);
    const allowed = use.told + use.own + count <= this.points;
    if (allowed) {
      use.own += count;
      if (use.own * REPORTS >= this.points && !use.reporting) void this.report(this.rate, key, use);
    }
    const remaining = Math.max(0, this.points - use.told - use.own);
    return { allowed, limit: this.points, remaining, resetMs: use.untilMs - now };
  }

  private useOf(key: string, now: number): Use {
    const known = this.uses.get(key);
    if (known && known.untilMs > now) return known;
    const fresh = { untilMs: now + WINDOW_MS, told: 0, own: 0, reporting: false };
    this.uses.set(key, fresh);
    return fresh;
  }

  private async report(rate: SharedRate, key: string, use: Use): Promise<void> {
    const reported = use.own;
    use.reporting = true;
    try {
      const { points, msLeft } = await rate.add(key, reported);
      use.own -= reported;
      use.told = points;
      // Without Redis, the library uses the wall clock, which may jump.
      use.untilMs = performance.now() + Math.min(msLeft, WINDOW_MS);
    } catch (error) {
      this.logger.warn({ msg: 'Could not share the request rate of a key with other nodes', error: String(error) });
    } finally {
      use.reporting = false;
    }
  }
}
