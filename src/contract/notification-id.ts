import { randomBytes } from 'node:crypto';
import { PARTITIONS } from './partition.js';

/**
 * An id: kind, time in ms (8 digits of base 36, so ids sort by time within a kind), 10 random digits, home partition (2 hex
 * digits). Kind `s` has its one delivery's record under the id itself, kind `m` one record for each target.
 */
export type IdKind = 's' | 'm';
export const ID_LENGTH = 21;
const PATTERN = /^[sm][0-9a-z]{18}[0-3][0-9a-f]$/;
const DIGITS = '0123456789abcdefghijklmnopqrstuvwxyz';

const pool = Buffer.alloc(4096);
let used = pool.length;

/** Random digits of base 36; 252 is the largest multiple of 36 in a byte, larger bytes are skipped to stay uniform. */
export function randomDigits(length: number): string {
  let text = '';
  while (text.length < length) {
    if (used === pool.length) {
      randomBytes(pool.length).copy(pool);
      used = 0;
    }
    const byte = pool[used++] ?? 255;
    if (byte < 252) text += DIGITS.charAt(byte % 36);
  }
  return text;
}

/** Length of a time as text: 8 digits of base 36, which suffice until 2059. */
export const TIME_LENGTH = 8;

/** Milliseconds since 1970 as text that sorts by time. */
export const timeDigits = (ms: number): string => ms.toString(36).padStart(TIME_LENGTH, '0');

/** Milliseconds since 1970 of a `timeDigits` that begins at `from`. */
export const timeAt = (text: string, from: number): number => Number.parseInt(text.slice(from, from + TIME_LENGTH), 36);

export function newId(kind: IdKind, partition: number, nowMs: number): string {
  return kind + timeDigits(nowMs) + randomDigits(10) + hexOf(partition);
}

export const isNotificationId = (text: string): boolean => PATTERN.test(text);
export const kindOf = (id: string): IdKind => (id.startsWith('m') ? 'm' : 's');
export const homeOf = (id: string): number => Number.parseInt(id.slice(-2), 16) % PARTITIONS;
/** When the id was made, in milliseconds since 1970. */
export const timeOf = (id: string): number => timeAt(id, 1);

/** Two hex digits at the end of an id, from which `homeOf` finds the partition again. */
export const hexOf = (partition: number): string => partition.toString(16).padStart(2, '0');

/** Digits that tell one append from another: the mark of an entry, and the epoch of a topic that it begins. */
export const MARK_LENGTH = 8;
export const newMark = (): string => randomDigits(MARK_LENGTH);
