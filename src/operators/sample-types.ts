import type { QueueCounts } from '../queue/queue-stats.js';
import type { RedisVitals } from '../redis/redis-info.js';
import type { Vitals } from '../topic/topic-vitals.js';

/**
 * Histogram since the start of a process: `counts[i]` observations above `le[i - 1]` and up to
 * `le[i]` seconds.
 */
export interface Distribution {
  /** Upper bounds in seconds; null stands for infinity. */
  readonly le: readonly (number | null)[];
  readonly counts: readonly number[];
}

/** Sample of one process. Totals count from `startedAt`; rates are differences of two samples. */
export interface NodeSample {
  readonly node: string;
  readonly roles: readonly string[];
  /** Milliseconds since 1970 by the clock of Redis. */
  readonly at: number;
  readonly startedAt: number;
  readonly version: string;
  readonly connections: number;
  readonly sessions: number;
  readonly subscriptions: number;
  readonly rssBytes: number;
  readonly heapBytes: number;
  /** CPU time of the process since its start. */
  readonly cpuSeconds: number;
  /** Longest delay of the event loop since the previous sample. */
  readonly eventLoopMaxMs: number;
  readonly totals: Readonly<
    Record<
      'accepted' | 'refused' | 'delivered' | 'redelivered' | 'acked' | 'expired' | 'cancelled' | 'dead' | 'gaps',
      number
    >
  >;
  readonly timeToAck: Distribution;
  readonly accept: Distribution;
}

/** Sample of the whole installation, over all apps. */
export interface InstallationSample {
  readonly at: number;
  readonly redis: RedisVitals;
  readonly queues: readonly QueueCounts[];
  readonly deadLetters: number;
  readonly oldestUnackedMs: number | null;
  /** `difference` is counted once a minute, since its cost grows with the number of open topics. */
  readonly books: Vitals['books'] & { readonly difference?: number; readonly differenceAt?: number };
}

export interface Samples {
  'node.sample': NodeSample;
  'installation.sample': InstallationSample;
}
