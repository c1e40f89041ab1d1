import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Config } from '../config/config.js';
import { StartError } from '../contract/start-error.js';
import { EventLogger } from '../observability/event-logger.js';
import { Metrics } from '../observability/metrics.js';
import { FINDING_KINDS, type Finding, findingsOf, isTooOld } from './redis-findings.js';
import { RedisFactory } from './redis-factory.js';
import { RedisInfo } from './redis-info.js';
import { RedisLanes } from './redis-lanes.js';
import { RedisRefusals } from './redis-refusals.js';
import { isReply, reasonOf } from './redis-reason.js';
import { RedisTrial, type Verdict } from './redis-trial.js';
import type { RedisPrimary } from './redis-primary.js';

/** What a replica answers to a write. */
const READONLY = "READONLY You can't write against a read only replica.";
const UNREACHED: Finding = { kind: 'unreached', text: 'some primaries do not answer', unsafe: false };

/** Where a primary takes all that is tried its topics are served, and what was refused besides may have been near a limit. */
const refusing = (words: string, verdicts: readonly Verdict[]): Finding => ({
  kind: 'refuses',
  text: `Redis refuses what it is asked: ${words}`,
  unsafe: !verdicts.includes(''),
});

/**
 * Looks at the primaries at boot, whenever they are back and every `REDIS_WATCH_MS`: whether they are set up so that nothing
 * is lost, whether they take what they are asked, and how full they are.
 */
@Injectable()
export class RedisWatch implements OnModuleInit, OnModuleDestroy {
  private nodes: readonly RedisPrimary[] = [];
  private current: Finding[] = [];
  private told = '';
  private timer?: NodeJS.Timeout;
  private looking?: Promise<void> | undefined;
  private readonly trial: RedisTrial;
  private readonly logger = new EventLogger(RedisWatch.name);

  constructor(
    private readonly config: Config,
    private readonly factory: RedisFactory,
    private readonly lanes: RedisLanes,
    private readonly info: RedisInfo,
    private readonly refusals: RedisRefusals,
    metrics: Metrics,
  ) {
    this.trial = new RedisTrial(lanes.client, config.keyPrefix, config.confirm.mode === 'replicated');
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
    this.refusals.watch(() => {
      this.trial.doubt();
      this.refresh();
    });
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
    this.looking ??= this.look()
      .catch((error: unknown) => this.logger.debug({ msg: 'Redis could not be looked at', error: String(error) }))
      .finally(() => (this.looking = undefined));
  }

  private async look(): Promise<void> {
    const beganAtMs = performance.now();
    const found = await Promise.allSettled(this.info.nodes());
    const nodes = found.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const silent = found.find((one) => one.status === 'rejected');
    const { mode } = this.factory.target;
    // A connection that is answered READONLY is made anew, and one to a Cluster is sent elsewhere.
    const isReplica = mode !== 'cluster' && nodes.some(({ isPrimary }) => !isPrimary);
    const verdicts = isReplica ? [READONLY] : await this.trial.run();
    const unread = silent && isReply(silent.reason) ? reasonOf(silent.reason).text : '';
    const words = verdicts.find((verdict) => verdict) ?? unread;
    const refused = this.refusals.judge(words || this.factory.refusal, beganAtMs);
    if (silent && nodes.length === 0 && (words === '' || this.nodes.length === 0)) throw silent.reason;
    if (nodes.length > 0) this.nodes = nodes;
    const { confirm, nodeEnv } = this.config;
    this.current = [
      ...(silent && unread === '' ? [UNREACHED] : []),
      ...(refused === '' ? [] : [refusing(refused, verdicts)]),
      ...findingsOf(this.nodes, { production: nodeEnv === 'production', confirm, mode }),
    ];
    const { sentinelTrouble } = this.factory;
    if (sentinelTrouble !== '') {
      this.current.unshift({
        kind: 'sentinels',
        text: `no failover can be followed: ${sentinelTrouble}`,
        unsafe: false,
      });
    }
    const told = this.current.map(({ text }) => text).join('; ');
    if (told === this.told) return;
    this.told = told;
    if (told === '') this.logger.event('redis_safe', {});
    else this.logger.event('redis_unsafe', { findings: told });
  }
}
