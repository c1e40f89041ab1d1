import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { RedisSettings } from '../config/settings.js';
import { StartError } from '../contract/start-error.js';
import { EventLogger } from '../observability/event-logger.js';
import { Metrics } from '../observability/metrics.js';
import { FINDING_KINDS, type Finding, isTooOld } from './redis-findings.js';
import { RedisLanes } from './redis-lanes.js';
import { RedisRefusals } from './redis-refusals.js';
import { RedisSurvey } from './redis-survey.js';

/**
 * Inspects Redis at boot, after each outage and every `REDIS_WATCH_MS`, and reports unsafe
 * configurations.
 */
@Injectable()
export class RedisWatch implements OnModuleInit, OnModuleDestroy {
  private current: readonly Finding[] = [];
  private lastReport = '';
  private timer?: NodeJS.Timeout;
  private looking?: Promise<void> | undefined;
  private readonly logger = new EventLogger(RedisWatch.name);

  constructor(
    private readonly settings: RedisSettings,
    private readonly survey: RedisSurvey,
    private readonly lanes: RedisLanes,
    private readonly refusals: RedisRefusals,
    metrics: Metrics,
  ) {
    metrics.sampled(
      'redis_memory_ratio',
      'Memory of the fullest primary, as a fraction of its limit',
      () => this.fullness,
      'max',
    );
    const found = (): Record<string, number> =>
      Object.fromEntries(FINDING_KINDS.map((kind) => [kind, this.current.some((one) => one.kind === kind) ? 1 : 0]));
    metrics.sampledBy(
      'kind',
      'redis_finding',
      '1 for each problem of the Redis configuration that was found',
      found,
      'max',
    );
    const unsafe = (): number => this.current.filter((one) => one.unsafe).length;
    metrics.sampled(
      'redis_unsafe',
      'Problems of the Redis configuration that keep the process from being ready',
      unsafe,
      'max',
    );
  }

  /** @throws StartError if Redis is too old. */
  async onModuleInit(): Promise<void> {
    await this.look();
    const old = this.survey.primaries.find(isTooOld);
    if (old) throw new StartError(`Redis ${old.version ?? ''} is too old. Use Redis 7.0 or newer, or Valkey`);
    this.lanes.onReady(() => this.refresh());
    this.refusals.watch(() => {
      this.survey.doubt();
      this.refresh();
    });
    this.timer = setInterval(() => this.refresh(), this.settings.redisWatchMs);
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  get findings(): readonly Finding[] {
    return this.current;
  }

  /**
   * Memory of the fullest primary as a fraction of its limit, 0 to slightly above 1; 0 without a
   * limit.
   */
  get fullness(): number {
    const shares = this.survey.primaries.map(({ usedBytes, maxBytes }) => (maxBytes > 0 ? usedBytes / maxBytes : 0));
    return Math.max(0, ...shares);
  }

  private refresh(): void {
    this.looking ??= this.look()
      .catch((error: unknown) => this.logger.debug({ msg: 'Could not inspect Redis', error: String(error) }))
      .finally(() => (this.looking = undefined));
  }

  private async look(): Promise<void> {
    this.current = await this.survey.look();
    const report = this.current.map(({ text }) => text).join('; ');
    if (report === this.lastReport) return;
    this.lastReport = report;
    if (report === '') this.logger.event('redis_safe', {});
    else this.logger.event('redis_unsafe', { findings: report });
  }
}
