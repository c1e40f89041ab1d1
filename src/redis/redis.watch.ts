import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Config } from '../config/config.js';
import { StartError } from '../errors/start.error.js';
import { EventLog } from '../observability/event.log.js';
import { Metrics } from '../observability/metrics.js';
import { FINDING_KINDS, type Finding, findingsOf, isTooOld } from './redis.findings.js';
import { RedisFactory } from './redis.factory.js';
import { RedisInfo } from './redis.info.js';
import { RedisLanes } from './redis.lanes.js';
import type { RedisNode } from './redis.node.js';

/**
 * Looks at the primaries at boot, whenever they are back and every `REDIS_WATCH_MS`: whether they are set up so that nothing
 * is lost, and how full they are.
 */
@Injectable()
export class RedisWatch implements OnModuleInit, OnModuleDestroy {
  private nodes: readonly RedisNode[] = [];
  private current: readonly Finding[] = [];
  private told = '';
  private timer?: NodeJS.Timeout;
  private readonly logger = new EventLog(RedisWatch.name);

  constructor(
    @Inject(Config) private readonly config: Config,
    private readonly factory: RedisFactory,
    private readonly lanes: RedisLanes,
    private readonly info: RedisInfo,
    metrics: Metrics,
  ) {
    metrics.sampled(
      'redis_memory_ratio',
      'Memory of the fullest primary, as a share of its limit',
      () => this.fullness,
      'max',
    );
    const found = (): Record<string, number> =>
      Object.fromEntries(FINDING_KINDS.map((kind) => [kind, this.current.some((one) => one.kind === kind) ? 1 : 0]));
    metrics.sampledBy('kind', 'redis_finding', 'Whether Redis is set up otherwise than it should be', found, 'max');
    const unsafe = (): number => this.current.filter((one) => one.unsafe).length;
    metrics.sampled('redis_unsafe', 'Findings because of which a process is not ready', unsafe, 'max');
  }

  /** @throws StartError where Redis is too old: then this process does not start. */
  async onModuleInit(): Promise<void> {
    await this.look();
    const old = this.nodes.find(isTooOld);
    if (old)
      throw new StartError(`Redis ${old.version ?? ''} is too old: Postrider needs Redis 7.0 or newer, or Valkey`);
    this.lanes.client.on('ready', () => this.refresh());
    this.timer = setInterval(() => this.refresh(), this.config.redisWatchMs);
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  get findings(): readonly Finding[] {
    return this.current;
  }

  /** Memory of the fullest primary as a share of its limit, 0 to 1 and a little above; 0 where there is no limit. */
  get fullness(): number {
    return Math.max(0, ...this.nodes.map(({ usedBytes, maxBytes }) => (maxBytes > 0 ? usedBytes / maxBytes : 0)));
  }

  private refresh(): void {
    this.look().catch((error: unknown) =>
      this.logger.debug({ msg: 'Redis could not be looked at', error: String(error) }),
    );
  }

  private async look(): Promise<void> {
    const found = await Promise.allSettled(this.info.nodes());
    const nodes = found.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const silent = found.find((one) => one.status === 'rejected');
    if (silent && nodes.length === 0) throw silent.reason;
    this.nodes = nodes;
    const { confirm, nodeEnv } = this.config;
    const { mode } = this.factory.target;
    const unreached = silent
      ? [{ kind: 'unreached' as const, text: 'some primaries do not answer', unsafe: false }]
      : [];
    const { sentinelTrouble } = this.factory;
    const sentinels = sentinelTrouble
      ? [{ kind: 'sentinels' as const, text: `no failover can be followed: ${sentinelTrouble}`, unsafe: false }]
      : [];
    this.current = [
      ...unreached,
      ...sentinels,
      ...findingsOf(nodes, { production: nodeEnv === 'production', confirm, mode }),
    ];
    const told = this.current.map(({ text }) => text).join('; ');
    if (told === this.told) return;
    this.told = told;
    if (told === '') this.logger.tell('redis_safe', {});
    else this.logger.tell('redis_unsafe', { findings: told });
  }
}
