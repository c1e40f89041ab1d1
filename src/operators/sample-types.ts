import type { QueueCounts } from '../queue/queue-stats.js';
import type { RedisVitals } from '../redis/redis-info.js';
import type { Vitals } from '../topic/topic-vitals.js';

/** A histogram since the start of a process: `counts[i]` observations of at most `le[i]` seconds and more than the one before. */
export interface Distribution {
  /** Upper bounds in seconds; null is infinity. */
  readonly le: readonly (number | null)[];
  readonly counts: readonly number[];
}

/** How one process does. Totals count since `startedAt`: rates are differences of two samples. */
export interface NodeSample {
  readonly node: string;
  readonly roles: readonly string[];
  /** Milliseconds since 1970 by Redis' clock. */
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
  /** Longest delay of the event loop since the sample before. */
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

/** How the installation does as a whole, of all apps together. */
export interface InstallationSample {
  readonly at: number;
  readonly redis: RedisVitals;
  readonly queues: readonly QueueCounts[];
  readonly deadLetters: number;
  readonly oldestUnackedMs: number | null;
  /** `difference` is counted once a minute, as that costs the more the more topics hold something open. */
  readonly books: Vitals['books'] & { readonly difference?: number; readonly differenceAt?: number };
}

export interface Samples {
  'node.sample': NodeSample;
  'installation.sample': InstallationSample;
}
