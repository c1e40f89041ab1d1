import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import { partitionOf, partitionPrefix } from '../contract/partition.js';
import type { RedisClient } from './redis-factory.js';

/** Sum of a key's points at all nodes, in the current window. */
export interface RateTotal {
  readonly points: number;
  /** Milliseconds until the window ends. */
  readonly msLeft: number;
}

/**
 * Rate of any number of keys, counted in Redis for all nodes. If Redis is unreachable, each node
 * counts alone.
 */
export class SharedRate {
  private readonly limiter: RateLimiterRedis;

  /** @param points maximum of a window, above which the window is not extended. */
  constructor(
    client: RedisClient,
    private readonly keyPrefix: string,
    points: number,
    windowMs: number,
  ) {
    const shared = { points, duration: windowMs / 1_000, keyPrefix: '' };
    const insuranceLimiter = new RateLimiterMemory(shared);
    this.limiter = new RateLimiterRedis({ ...shared, storeClient: client, insuranceLimiter });
  }

  /**
   * Adds points to a key.
   * @returns the total, even above the maximum, for which the library rejects.
   */
  async add(key: string, points: number): Promise<RateTotal> {
    const place = `${partitionPrefix(this.keyPrefix, partitionOf(key))}rate:${key}`;
    const { consumedPoints, msBeforeNext } = await this.limiter.consume(place, points).catch((thrown: unknown) => {
      if (thrown instanceof RateLimiterRes) return thrown;
      throw thrown;
    });
    return { points: consumedPoints, msLeft: msBeforeNext };
  }
}
