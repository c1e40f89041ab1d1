import { Injectable } from '@nestjs/common';
import { DeliverySettings } from '../config/settings.js';
import { ALL_PARTITIONS } from '../contract/partition.js';
import { RedisClock } from '../clock/redis-clock.js';
import { RedisLanes } from '../redis/redis-lanes.js';
import { listOf } from '../redis/reply.js';
import { scriptsOf } from '../redis/script.js';
import { UNOBSERVED_APP } from './topic-namespaces.js';

/** State of the logs of some apps, summed up. */
export interface Vitals {
  /**
   * Age of the oldest unacknowledged delivery in milliseconds; null if there is none. Exact while
   * no partition has more than ten topics with open deliveries; otherwise the oldest of those
   * inspected.
   */
  readonly oldestUnackedMs: number | null;
  readonly deadLetters: number;
  /** Counters of the books. Open deliveries are `accepted` minus the others. */
  readonly books: Readonly<
    Record<'accepted' | 'acked' | 'expired' | 'cancelled' | 'dead' | 'unguarded' | 'pending', number>
  >;
}

const FIELDS = ['deadLetters', 'accepted', 'acked', 'expired', 'cancelled', 'dead', 'unguarded'] as const;
type Counts = Readonly<Record<(typeof FIELDS)[number], number>>;

const script = scriptsOf(import.meta.url);
const VITALS = script(
  'vitals',
  (given: { maxBackoffMs: number; except: string; apps: readonly string[] }) => [
    given.maxBackoffMs,
    given.except,
    ...given.apps,
  ],
  (reply): { oldestAtMs?: number; counts: Counts } => {
    const [oldest, ...counts] = listOf(reply);
    return {
      ...(oldest !== '' && { oldestAtMs: Number(oldest) }),
      counts: Object.fromEntries(FIELDS.map((field, index) => [field, Number(counts[index])])) as Counts,
    };
  },
);

/** Inspects all partitions at a cost that does not depend on their contents. */
@Injectable()
export class TopicVitals {
  constructor(
    private readonly settings: DeliverySettings,
    private readonly lanes: RedisLanes,
    private readonly clock: RedisClock,
  ) {}

  async read(apps: readonly string[]): Promise<Vitals> {
    const given = { maxBackoffMs: this.settings.maxBackoffMs, except: UNOBSERVED_APP, apps };
    const parts = await Promise.all(ALL_PARTITIONS.map((p) => this.lanes.facts.run(VITALS, p, given)));
    const sum = (field: keyof Counts): number => parts.reduce((total, { counts }) => total + counts[field], 0);
    const oldest = Math.min(...parts.map(({ oldestAtMs = Infinity }) => oldestAtMs));
    const books = {
      accepted: sum('accepted'),
      acked: sum('acked'),
      expired: sum('expired'),
      cancelled: sum('cancelled'),
      dead: sum('dead'),
      unguarded: sum('unguarded'),
    };
    const { accepted, acked, expired, cancelled, dead, unguarded } = books;
    return {
      oldestUnackedMs: oldest === Infinity ? null : Math.max(0, this.clock.now() - oldest),
      deadLetters: sum('deadLetters'),
      books: { ...books, pending: accepted - acked - expired - cancelled - dead - unguarded },
    };
  }
}
