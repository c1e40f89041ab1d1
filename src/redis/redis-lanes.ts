import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { RedisSettings } from '../config/settings.js';
import { Metrics } from '../observability/metrics.js';
import { RedisClock } from '../clock/redis-clock.js';
import { type RedisClient, RedisFactory } from './redis-factory.js';
import type { RedisRefusals } from './redis-refusals.js';
import { RedisPresence } from './redis-presence.js';
import { ScriptLane } from './script-lane.js';
import type { LaneMeter } from './script-shard.js';
import { SharedRate } from './shared-rate.js';

/**
 * Maximum number of waiting calls: far more than the sockets and accepts of a process can have
 * under way, each of which has its own limit.
 */
const MAX_WAITING = 100_000;

/** One connection for each lane. */
interface LaneClients {
  readonly commit: RedisClient;
  readonly facts: RedisClient;
  readonly reads: RedisClient;
}

/**
 * Connections on which scripts run. `commit` confirms its writes: appends, memberships, heads and
 * REST answers, which readers rely on. `facts` does not: losing an ack, a session or a guard write
 * costs a duplicate or a delay. `reads` keeps long reads apart.
 */
@Injectable()
export class RedisLanes implements OnModuleInit, OnModuleDestroy {
  readonly commit: ScriptLane;
  readonly facts: ScriptLane;
  readonly reads: ScriptLane;
  /** Connection of the lane `facts`, for commands outside of scripts. Not for other modules. */
  readonly client: RedisClient;
  private readonly presence: RedisPresence;
  private timer?: NodeJS.Timeout;

  private constructor(
    private readonly settings: RedisSettings,
    { commit, facts, reads }: LaneClients,
    shardByPartition: boolean,
    metrics: Metrics,
    refusals: RedisRefusals,
  ) {
    this.client = facts;
    const { keyPrefix, confirm, confirmTimeoutMs, confirmSettleMs } = settings;
    const shared = {
      keyPrefix,
      shardByPartition,
      confirmTimeoutMs,
      settleMs: confirmSettleMs,
      maxWaiting: MAX_WAITING,
    };
    const replicas = confirm.mode === 'replicated' ? confirm.replicas : 0;
    const roundTrips = metrics.times(
      'redis_round_trip_seconds',
      'Time from sending a batch of scripts to its replies',
      ['lane'],
    );
    const failures = metrics.family('redis_script_failures_total', 'Script calls that failed', ['lane']);
    const meterOf = (lane: string): LaneMeter => ({
      roundTrips: roundTrips.child({ lane }),
      failures: failures.child({ lane }),
      refused: (words) => refusals.note(words),
    });
    this.commit = new ScriptLane(commit, { ...shared, replicas, meter: meterOf('commit') });
    this.facts = new ScriptLane(facts, { ...shared, replicas: 0, meter: meterOf('facts') });
    this.reads = new ScriptLane(reads, { ...shared, replicas: 0, meter: meterOf('reads') });
    this.presence = new RedisPresence([commit, facts, reads]);
    const depths = (): Record<string, number> => ({
      commit: this.commit.depth,
      facts: this.facts.depth,
      reads: this.reads.depth,
    });
    metrics.sampledBy('lane', 'redis_queue', 'Script calls waiting or in progress', depths);
    const help = 'Replicas that a write waits for: all followers of the primary';
    metrics.sampled('confirming_replicas', help, () => this.commit.confirmingReplicas, 'min');
  }

  static async connect(
    settings: RedisSettings,
    factory: RedisFactory,
    clock: RedisClock,
    metrics: Metrics,
    refusals: RedisRefusals,
  ): Promise<RedisLanes> {
    const [commit, facts, reads] = await Promise.all([
      factory.connect('commit', 'command'),
      factory.connect('facts', 'command'),
      factory.connect('reads', 'command'),
    ]);
    // Everything that uses the lanes also needs the clock.
    await clock.synchronize(facts);
    return new RedisLanes(settings, { commit, facts, reads }, factory.isCluster, metrics, refusals);
  }

  /** How long Redis has been away, in milliseconds; 0 while it is reachable. */
  get awayMs(): number {
    return this.presence.awayMs;
  }

  /**
   * Counts the rates of keys over all nodes.
   * @param points maximum in a window of `windowMs`.
   */
  sharedRate(points: number, windowMs: number): SharedRate {
    return new SharedRate(this.client, this.settings.keyPrefix, points, windowMs);
  }

  /** @param listener called whenever Redis is back. */
  onReady(listener: () => void): void {
    this.client.on('ready', listener);
  }

  onModuleInit(): void {
    this.timer = setInterval(() => this.commit.look(), this.settings.redisWatchMs);
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }
}
