import { Injectable, Logger } from '@nestjs/common';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import type { Publisher } from '../auth/api-key-registry.js';
import { Config } from '../config/config.js';
import { partitionOf, partitionPrefix } from '../contract/partition.js';
import { RedisLanes } from '../redis/redis-lanes.js';

const WINDOW_S = 10;
/** So many times a window at most does a node tell Redis what it has let pass of one key. */
const REPORTS = 10;

/** State of a key's share after a request. */
export interface Allowance {
  readonly allowed: boolean;
  readonly limit: number;
  readonly remaining: number;
  /** Milliseconds until the share is whole again. */
  readonly resetMs: number;
}

/** Use of a key in the current window, as this node knows it. */
interface Use {
  untilMs: number;
  /** Requests of all nodes, as of the last answer of Redis. */
  told: number;
  /** Requests that this node let pass and that are not in `told` yet. */
  own: number;
  reporting: boolean;
}

/**
 * How much of REST one key may use at all nodes together. Decided at once from what this node knows: Redis is told of each
 * tenth of the limit that was let pass, and answers what all have, so nobody waits for it, and each node may let pass a tenth
 * too much, and what comes to it while Redis answers. While Redis is away each node counts for itself.
 */
@Injectable()
export class KeyRates {
  private readonly points: number;
  private readonly limiter?: RateLimiterRedis;
  private readonly uses = new Map<string, Use>();
  private readonly logger = new Logger(KeyRates.name);

  constructor(
    private readonly config: Config,
    lanes: RedisLanes,
  ) {
    this.points = config.restRatePerKey * WINDOW_S;
    if (this.points === 0) return;
    const shared = { points: this.points, duration: WINDOW_S, keyPrefix: '' };
    const insuranceLimiter = new RateLimiterMemory(shared);
    this.limiter = new RateLimiterRedis({ ...shared, storeClient: lanes.client, insuranceLimiter });
  }

  /** @returns undefined where there is no limit. */
  take({ app, name }: Publisher, count: number): Allowance | undefined {
    if (!this.limiter) return undefined;
    const key = `${app}:${name}`;
    const now = performance.now();
    const use = this.useOf(key, now);
    const allowed = use.told + use.own + count <= this.points;
    if (allowed) {
      use.own += count;
      if (use.own * REPORTS >= this.points && !use.reporting) void this.report(this.limiter, key, use);
    }
    const remaining = Math.max(0, this.points - use.told - use.own);
    return { allowed, limit: this.points, remaining, resetMs: use.untilMs - now };
  }

  private useOf(key: string, now: number): Use {
    const known = this.uses.get(key);
    if (known && known.untilMs > now) return known;
    const fresh = { untilMs: now + WINDOW_S * 1_000, told: 0, own: 0, reporting: false };
    this.uses.set(key, fresh);
    return fresh;
  }

  private async report(limiter: RateLimiterRedis, key: string, use: Use): Promise<void> {
    const reported = use.own;
    use.reporting = true;
    try {
      const { consumedPoints, msBeforeNext } = await this.consume(limiter, key, reported);
      use.own -= reported;
      use.told = consumedPoints;
      // Without Redis the library reckons by the wall clock, which may have been set.
      use.untilMs = performance.now() + Math.min(msBeforeNext, WINDOW_S * 1_000);
    } catch (error) {
      this.logger.warn({ msg: 'The rate of a key could not be shared with other nodes', error: String(error) });
    } finally {
      use.reporting = false;
    }
  }

  /** The library rejects with what it found where that is above the limit. */
  private consume(limiter: RateLimiterRedis, key: string, points: number): Promise<RateLimiterRes> {
    const place = partitionPrefix(this.config.keyPrefix, partitionOf(key));
    return limiter.consume(`${place}rate:${key}`, points).catch((thrown: unknown) => {
      if (thrown instanceof RateLimiterRes) return thrown;
      throw thrown;
    });
  }
}
