import type { Config } from '../config/config.js';
import type { Metrics } from '../observability/metrics.js';
import { PARTITIONS } from '../contract/partition.js';
import { listOf, rowsOf } from '../redis/reply.js';
import type { EndReason } from './hint-codec.js';

/** Limits of what a script keeps of a delivery that it ends. */
export interface EndingLimits {
  /** How long the record is kept. */
  readonly retentionMs: number;
  /** How long a dead letter is kept. */
  readonly letterRetentionMs: number;
  /** Most dead letters of an app in one partition. */
  readonly letterCap: number;
}

export const endingLimitsOf = (config: Config): EndingLimits => ({
  retentionMs: config.recordRetentionMs,
  letterRetentionMs: config.deadLetterRetentionMs,
  letterCap: Math.max(1, Math.ceil(config.deadLetterMax / PARTITIONS)),
});

/** As every script that may end a delivery takes them. */
export const limitArgs = (limits: EndingLimits): [number, number, number] => [
  limits.retentionMs,
  limits.letterRetentionMs,
  limits.letterCap,
];

/** Deliveries of a topic that a script has ended, and the epoch of their offsets. */
export interface Endings {
  readonly epoch: string;
  readonly ended: readonly End[];
}

/** A pair of an epoch and what was ended under it. */
export function endingsOf(reply: unknown): Endings {
  const [epoch, ends] = listOf(reply);
  return { epoch: String(epoch), ended: endsOf(ends) };
}

/** A delivery that ended otherwise than by acks. */
export interface End {
  readonly offset: number;
  readonly reason: EndReason;
  /** What led to it, such as `max_attempts`. */
  readonly cause: string;
  readonly notification: string;
}

/** Pairs of an offset and what `finishNoted` in lua/include/finish.lua has made of the rest. */
export function endsOf(flat: unknown): End[] {
  return rowsOf(flat, 2).map(([offset, what = '']) => {
    const [state, cause = '', notification = ''] = what.split(' ');
    const reason = state === 'expired' || state === 'cancelled' ? state : 'dead';
    return { offset: Number(offset), reason, cause, notification };
  });
}

/** Counts what has ended otherwise than by acks. */
export function countEnds(metrics: Metrics, ends: readonly End[]): void {
  for (const { reason, cause } of ends) {
    if (reason === 'expired') metrics.expired.inc();
    else if (reason === 'cancelled') metrics.cancelled.inc();
    else metrics.dead(cause === 'refused' || cause === 'overflow' ? cause : 'max_attempts').inc();
  }
}
