import { randomBytes } from 'node:crypto';
import { PARTITIONS } from './partition.js';

/**
 * Notification id: kind, time in ms (8 digits of base 36, so that ids of one kind sort by time), 10
 * random digits and home partition (2 hex digits). Kind `s` has one delivery, recorded under the id
 * itself; kind `m` has one record for each target.
 */
export type IdKind = 's' | 'm';
export const ID_LENGTH = 21;
const PATTERN = /^[sm][0-9a-z]{18}[0-3][0-9a-f]$/;
const DIGITS = '0123456789abcdefghijklmnopqrstuvwxyz';

const pool = Buffer.alloc(4096);
let used = pool.length;

/**
 * Random digits of base 36. Bytes from 252 are skipped, so that all 36 digits are equally likely.
 */
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

/** Length of a time as text: 8 digits of base 36 suffice until 2059. */
export const TIME_LENGTH = 8;

/** Milliseconds since 1970 as text that sorts by time. */
export const timeDigits = (ms: number): string => ms.toString(36).padStart(TIME_LENGTH, '0');

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
