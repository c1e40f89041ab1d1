import type { Config } from '../config/config.js';
import { PARTITIONS } from '../redis/partition.js';

/** The arguments of every script that may end a delivery: record retention ms, letter retention ms, letter cap. */
export function endingLimits(config: Config): [number, number, number] {
  const letterCap = Math.max(1, Math.ceil(config.deadLetterMax / PARTITIONS));
  return [config.recordRetentionMs, config.deadLetterRetentionMs, letterCap];
}

/** Pairs of offset and reason as scripts return them. */
export function endsOf(flat: unknown): { offset: number; reason: 'expired' | 'cancelled' | 'dead' }[] {
  const words = stringsOf(flat);
  const ends: { offset: number; reason: 'expired' | 'cancelled' | 'dead' }[] = [];
  for (let i = 0; i + 1 < words.length; i += 2) {
    const reason = words[i + 1];
    ends.push({
      offset: Number(words[i]),
      reason: reason === 'expired' || reason === 'cancelled' ? reason : 'dead',
    });
  }
  return ends;
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
