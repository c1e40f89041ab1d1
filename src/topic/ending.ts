import type { DeliverySettings } from '../config/settings.js';
import { PARTITIONS } from '../contract/partition.js';
import { listOf, rowsOf } from '../redis/reply.js';
import type { EndReason } from './hint-codec.js';

/** Limits on what a script keeps of a delivery that it ends. */
export interface EndingLimits {
  /** Retention of the record. */
  readonly retentionMs: number;
  /** Retention of a dead letter. */
  readonly letterRetentionMs: number;
  /** Maximum dead letters of an app in one partition. */
  readonly letterCap: number;
}

export const endingLimitsOf = (settings: DeliverySettings): EndingLimits => ({
  retentionMs: settings.recordRetentionMs,
  letterRetentionMs: settings.deadLetterRetentionMs,
  letterCap: Math.max(1, Math.ceil(settings.deadLetterMax / PARTITIONS)),
});

/** Limits in the order of the arguments of every script that may end a delivery. */
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

/** Parses a pair of epoch and ended deliveries. */
export function endingsOf(reply: unknown): Endings {
  const [epoch, ends] = listOf(reply);
  return { epoch: String(epoch), ended: endsOf(ends) };
}

/** Delivery that ended otherwise than by acks. */
export interface End {
  readonly offset: number;
  readonly reason: EndReason;
  /** Cause of the end, such as `max_attempts`. */
  readonly cause: string;
  readonly notification: string;
}

/** Parses pairs of an offset and the text that `finishNoted` in lua/include/finish.lua writes. */
export function endsOf(flat: unknown): End[] {
  return rowsOf(flat, 2).map(([offset, what = '']) => {
    const [state, cause = '', notification = ''] = what.split(' ');
    const reason = state === 'expired' || state === 'cancelled' ? state : 'dead';
    return { offset: Number(offset), reason, cause, notification };
  });
}
