import { randomFillSync } from 'node:crypto';
import { PARTITIONS } from './partition.js';

/**
 * Notification id: kind, time in ms (8 digits of base 36, so that ids of one kind sort by time), 10
 * random digits and home partition (2 hex digits). Kind `s` has one delivery, recorded under the id
 * itself; kind `m` has one record for each target.
 */
export type IdKind = 's' | 'm';
export const ID_LENGTH = 21;
const PATTERN = /^[sm][0-9a-z]{18}[0-3][0-9a-f]$/;

const pool = Buffer.alloc(4096);
let used = pool.length;

/** All numbers of two digits of base 36: `toString(36)` costs several times as much. */
const PAIRS = Array.from({ length: 36 ** 2 }, (_, n) => n.toString(36).padStart(2, '0'));
/** Largest multiple of the number of pairs that two bytes can hold. */
const EVEN = 65_536 - (65_536 % PAIRS.length);

/** Random digits of base 36, all equally likely. */
export function randomDigits(length: number): string {
  let text = '';
  while (text.length < length) {
    if (used === pool.length) {
      randomFillSync(pool);
      used = 0;
    }
    const value = ((pool[used] ?? 0) << 8) | (pool[used + 1] ?? 0);
    used += 2;
    if (value < EVEN) text += pairOf(value % PAIRS.length);
  }
  return text.length === length ? text : text.slice(0, length);
}

const pairOf = (n: number): string => PAIRS[n] ?? '';

/** Length of a time as text: 8 digits of base 36 suffice until 2059. */
export const TIME_LENGTH = 8;

/** Milliseconds since 1970 as text that sorts by time. */
export function timeDigits(ms: number): string {
  const high = Math.floor(ms / HALF_TIME);
  const low = ms % HALF_TIME;
  return pairsOf(high) + pairsOf(low);
}

/** Numbers of four digits of base 36, half of the digits of a time. */
const HALF_TIME = 36 ** 4;
const pairsOf = (n: number): string => pairOf(Math.floor(n / PAIRS.length)) + pairOf(n % PAIRS.length);

/** Milliseconds since 1970 of the `timeDigits` that begin at `from`. */
export const timeAt = (text: string, from: number): number => Number.parseInt(text.slice(from, from + TIME_LENGTH), 36);

export function newId(kind: IdKind, partition: number, nowMs: number): string {
  return kind + timeDigits(nowMs) + randomDigits(10) + hexOf(partition);
}

export const isNotificationId = (text: string): boolean => PATTERN.test(text);
export const kindOf = (id: string): IdKind => (id.startsWith('m') ? 'm' : 's');
export const homeOf = (id: string): number => Number.parseInt(id.slice(-2), 16) % PARTITIONS;
/** Creation time of the id, in milliseconds since 1970. */
export const timeOf = (id: string): number => timeAt(id, 1);

/** Last two hex digits of an id, from which `homeOf` reads the partition. */
export const hexOf = (partition: number): string => partition.toString(16).padStart(2, '0');

/**
 * Length of a mark: the random digits that identify one append, and the epoch that it may begin.
 */
export const MARK_LENGTH = 8;
export const newMark = (): string => randomDigits(MARK_LENGTH);
