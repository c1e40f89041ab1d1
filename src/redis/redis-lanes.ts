import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Config } from '../config/config.js';
import { Metrics } from '../observability/metrics.js';
import { RedisClock } from '../clock/redis-clock.js';
import { type RedisClient, RedisFactory } from './redis-factory.js';
import type { RedisRefusals } from './redis-refusals.js';
import { RedisPresence } from './redis-presence.js';
import { ScriptLane } from './script-lane.js';
import type { LaneMeter } from './script-shard.js';

const CLOCK_MS = 1_000;
/** Far more than the sockets and accepts of a process can have under way, each of which is limited on its own. */
const MAX_WAITING = 100_000;

/**
 * The connections on which scripts run. `commit` confirms (appends, memberships, heads, what REST answers: what a reader may rely on),
 * `facts` does not (acks, sessions, the guard: losing one costs a duplicate or a delay), `reads` keeps long reads out of their way.
 */
@Injectable()
export class RedisLanes implements OnModuleInit, OnModuleDestroy {
  readonly commit: ScriptLane;
  readonly facts: ScriptLane;
  readonly reads: ScriptLane;
  private readonly presence: RedisPresence;
  private readonly timers: NodeJS.Timeout[] = [];
  private readonly logger = new Logger(RedisLanes.name);

  private constructor(
    private readonly config: Config,
    shardByPartition: boolean,
    readonly client: RedisClient,
    commit: RedisClient,
    reads: RedisClient,
    private readonly clock: RedisClock,
    metrics: Metrics,
    refusals: RedisRefusals,
  ) {
    const { keyPrefix, confirm, confirmTimeoutMs, confirmSettleMs } = config;
    const shared = {
      keyPrefix,
      shardByPartition,
      confirmTimeoutMs,
      settleMs: confirmSettleMs,
      maxWaiting: MAX_WAITING,
    };
    const replicas = confirm.mode === 'replicated' ? confirm.replicas : 0;
    const roundTrips = metrics.times('redis_round_trip_seconds', 'From a batch of scripts to its replies', ['lane']);
    const failures = metrics.family('redis_script_failures_total', 'Script calls that Redis did not do', ['lane']);
    const meterOf = (lane: string): LaneMeter => ({
      roundTrips: roundTrips.child({ lane }),
      failures: failures.child({ lane }),
      refused: (words) => refusals.note(words),
    });
    this.commit = new ScriptLane(commit, { ...shared, replicas, meter: meterOf('commit') });
    this.facts = new ScriptLane(client, { ...shared, replicas: 0, meter: meterOf('facts') });
    this.reads = new ScriptLane(reads, { ...shared, replicas: 0, meter: meterOf('reads') });
    this.presence = new RedisPresence([commit, client, reads]);
    const depths = (): Record<string, number> => ({
      commit: this.commit.depth,
      facts: this.facts.depth,
      reads: this.reads.depth,
    });
    metrics.sampledBy('lane', 'redis_queue', 'Script calls that wait or are under way', depths);
    const help = 'Replicas that a write waits for: all that follow the primary';
    metrics.sampled('confirming_replicas', help, () => this.commit.confirmingReplicas, 'min');
  }

  static async connect(
    config: Config,
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
    // Whoever has the lanes has the time.
    await clock.synchronize(facts);
    return new RedisLanes(config, factory.isCluster, facts, commit, reads, clock, metrics, refusals);
  }

  /** For how long Redis has been away; 0 while it is there. */
  get awayMs(): number {
    return this.presence.awayMs;
  }

  onModuleInit(): void {
    // Another machine may answer now, and its clock be another.
    this.client.on('ready', () => void this.readClock());
    this.timers.push(
      setInterval(() => void this.readClock(), CLOCK_MS),
      setInterval(() => this.commit.look(), this.config.redisWatchMs),
    );
  }

  onModuleDestroy(): void {
    for (const timer of this.timers) clearInterval(timer);
  }

  private async readClock(): Promise<void> {
    try {
      await this.clock.synchronize(this.client);
    } catch (error) {
      this.logger.debug({ msg: 'The clock of Redis could not be read', error: String(error) });
    }
  }
}
