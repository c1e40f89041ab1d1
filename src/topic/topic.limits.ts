import type { Config } from '../config/config.js';
import type { Metrics } from '../observability/metrics.js';
import { PARTITIONS } from '../redis/partition.js';
import type { EndReason } from './hint.codec.js';

/** The arguments of every script that may end a delivery: record retention ms, letter retention ms, letter cap. */
export function endingLimits(config: Config): [number, number, number] {
  const letterCap = Math.max(1, Math.ceil(config.deadLetterMax / PARTITIONS));
  return [config.recordRetentionMs, config.deadLetterRetentionMs, letterCap];
}

/** A delivery that ended otherwise than by acks. */
export interface End {
  readonly offset: number;
  readonly reason: EndReason;
  /** What led to it, such as `max_attempts`. */
  readonly cause: string;
  readonly notification: string;
}

/** Pairs of an offset and what `finishNoted` in lua/endings.lua has made of the rest. */
export function endsOf(flat: unknown): End[] {
  const words = stringsOf(flat);
  const ends: End[] = [];
  for (let i = 0; i + 1 < words.length; i += 2) {
    const [state, cause = '', notification = ''] = (words[i + 1] ?? '').split(' ');
    const reason = state === 'expired' || state === 'cancelled' ? state : 'dead';
    ends.push({ offset: Number(words[i]), reason, cause, notification });
  }
  return ends;
}

/** Counts what has ended otherwise than by acks. */
export function countEnds(metrics: Metrics, ends: readonly End[]): void {
  for (const { reason, cause } of ends) {
    if (reason === 'expired') metrics.expired.inc();
    else if (reason === 'cancelled') metrics.cancelled.inc();
    else metrics.dead(cause === 'refused' || cause === 'overflow' ? cause : 'max_attempts').inc();
  }
}

export function listOf(reply: unknown): readonly unknown[] {
  return Array.isArray(reply) ? reply : [];
}

export function stringsOf(reply: unknown): string[] {
  return listOf(reply).map(String);
}

export function pairsOf(reply: unknown): Map<string, string> {
  const words = stringsOf(reply);
  const pairs = new Map<string, string>();
  for (let i = 0; i + 1 < words.length; i += 2) pairs.set(words[i] ?? '', words[i + 1] ?? '');
  return pairs;
}
