import { Inject, Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import { ALL_PARTITIONS } from '../redis/partition.js';
import { RedisClock } from '../redis/redis.clock.js';
import { RedisLanes } from '../redis/redis.lanes.js';
import { listOf } from './topic.limits.js';
import { SYSTEM_APP } from './topic.name.js';
import { topicScript } from './topic.script.js';

const VITALS = topicScript('vitals');

/** How the logs of some apps do, summed up. */
export interface Vitals {
  /**
   * Age of the oldest delivery that nobody has acknowledged, in milliseconds; null where there is none. Exact while no
   * partition has more than ten topics with something open, else the oldest of those looked at.
   */
  readonly oldestUnackedMs: number | null;
  readonly deadLetters: number;
  /** The counters of the books; what is open is what the others leave of `accepted`. */
  readonly books: Readonly<
    Record<'accepted' | 'acked' | 'expired' | 'cancelled' | 'dead' | 'unguarded' | 'pending', number>
  >;
}

/** A look at all partitions that costs the same however much they hold. */
@Injectable()
export class TopicVitals {
  constructor(
    @Inject(Config) private readonly config: Config,
    private readonly lanes: RedisLanes,
    private readonly clock: RedisClock,
  ) {}

  async read(apps: readonly string[]): Promise<Vitals> {
    const args = [this.config.maxBackoffMs, SYSTEM_APP, ...apps];
    const replies = await Promise.all(ALL_PARTITIONS.map((p) => this.lanes.facts.run(VITALS, p, args)));
    const rows = replies.map(listOf);
    const sum = (at: number): number => rows.reduce((total, row) => total + Number(row[at]), 0);
    const created = rows.flatMap(([at]) => (at === '' ? [] : Number(at)));
    const [accepted, acked, expired, cancelled, dead, unguarded] = [sum(2), sum(3), sum(4), sum(5), sum(6), sum(7)];
    const pending = accepted - acked - expired - cancelled - dead - unguarded;
    return {
      oldestUnackedMs: created.length === 0 ? null : Math.max(0, this.clock.now() - Math.min(...created)),
      deadLetters: sum(1),
      books: { accepted, acked, expired, cancelled, dead, unguarded, pending },
    };
  }
}
