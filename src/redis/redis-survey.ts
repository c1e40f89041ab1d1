import { Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import { RedisFactory } from './redis-factory.js';
import { type Finding, findingsOf } from './redis-findings.js';
import { RedisInfo } from './redis-info.js';
import { RedisLanes } from './redis-lanes.js';
import type { RedisPrimary } from './redis-primary.js';
import { isReply, reasonOf } from './redis-reason.js';
import { RedisRefusals } from './redis-refusals.js';
import { RedisTrial, type Verdict } from './redis-trial.js';

/** Answer of a replica to a write. */
const READONLY = "READONLY You can't write against a read only replica.";
const UNREACHED: Finding = { kind: 'unreached', text: 'some primaries do not answer', unsafe: false };

/**
 * A primary that accepts the whole trial serves its topics; other refusals may have come from a
 * limit.
 */
const refusing = (words: string, verdicts: readonly Verdict[]): Finding => ({
  kind: 'refuses',
  text: `Redis refuses commands: ${words}`,
  unsafe: !verdicts.includes(''),
});

/** Inspects the primaries: their configuration, memory and refusals. */
@Injectable()
export class RedisSurvey {
  private known: readonly RedisPrimary[] = [];
  private readonly trial: RedisTrial;

  constructor(
    private readonly config: Config,
    private readonly factory: RedisFactory,
    private readonly info: RedisInfo,
    private readonly refusals: RedisRefusals,
    lanes: RedisLanes,
  ) {
    this.trial = new RedisTrial(lanes.client, config.keyPrefix, config.confirm.mode === 'replicated');
  }

  /** Primaries as of their last answers. */
  get primaries(): readonly RedisPrimary[] {
    return this.known;
  }

  /** Makes the next trial a thorough one. */
  doubt(): void {
    this.trial.doubt();
  }

  /** @throws the error of a primary if none answers. */
  async look(): Promise<Finding[]> {
    const beganAtMs = performance.now();
    const found = await Promise.allSettled(this.info.nodes());
    const primaries = found.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const silent = found.find((one) => one.status === 'rejected');
    const { mode } = this.factory.target;
    // A connection that gets READONLY reconnects, and one to a Cluster is redirected.
    const isReplica = mode !== 'cluster' && primaries.some(({ isPrimary }) => !isPrimary);
    const verdicts = isReplica ? [READONLY] : await this.trial.run();
    const unread = silent && isReply(silent.reason) ? reasonOf(silent.reason).text : '';
    const words = verdicts.find((verdict) => verdict) ?? unread;
    const refused = this.refusals.judge(words || this.factory.refusal, beganAtMs);
    if (silent && primaries.length === 0 && (words === '' || this.known.length === 0)) throw silent.reason;
    if (primaries.length > 0) this.known = primaries;
    const { confirm, nodeEnv } = this.config;
    return [
      ...this.sentinelFindings(),
      ...(silent && unread === '' ? [UNREACHED] : []),
      ...(refused === '' ? [] : [refusing(refused, verdicts)]),
      ...findingsOf(this.known, { production: nodeEnv === 'production', confirm, mode }),
    ];
  }

  private sentinelFindings(): Finding[] {
    const { sentinelTrouble } = this.factory;
    if (sentinelTrouble === '') return [];
    return [{ kind: 'sentinels', text: `failovers cannot be followed: ${sentinelTrouble}`, unsafe: false }];
  }
}
