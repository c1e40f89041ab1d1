import { ID_LENGTH } from './notification.id.js';

/** How a delivery ends: by the first ack, by the acks of all recipients, or not at all (it is not guarded). */
export type AckPolicy = 'any' | 'all' | 'none';
const POLICY_LETTER = { any: 'a', all: 'l', none: 'n' } as const;
const POLICY_OF_LETTER: Readonly<Record<string, AckPolicy>> = { a: 'any', l: 'all', n: 'none' };

/** Why an offset will never come. */
export type GapReason = 'expired' | 'trimmed' | 'cancelled' | 'dead' | 'reset';
const GAP_OF_PLACEHOLDER: Readonly<Record<string, GapReason>> = {
  expired: 'expired',
  cancelled: 'cancelled',
  collapsed: 'cancelled',
  lost: 'trimmed',
};

/**
 * One entry of a log: `e`, policy letter, expiry in ms (13 digits), id, mark, body. The mark is drawn for each append: a log
 * that holds the same mark at the same offset is the same log up to there, which an id does not tell (it may be retried). The body is the inner part of the
 * `notification` frame (`"id":…,"type":…,"data":…`), so that no node parses it again.
 */
export interface LogEntry {
  readonly id: string;
  readonly policy: AckPolicy;
  readonly expiresAtMs: number;
  readonly mark: string;
  readonly body: string;
}

const ID_AT = 15;
export const MARK_LENGTH = 8;
const MARK_AT = ID_AT + ID_LENGTH;
const BODY_AT = MARK_AT + MARK_LENGTH;
const PLACEHOLDER_MARK_AT = 1 + ID_LENGTH;

export const policyLetter = (policy: AckPolicy): string => POLICY_LETTER[policy];
export const policyOf = (letter: string): AckPolicy => POLICY_OF_LETTER[letter.slice(0, 1)] ?? 'any';

const isPlaceholder = (text: string): boolean => text.charCodeAt(0) === 0x78;

/** The reason a placeholder (`x`, id, mark, reason) stands for, or `undefined` where the text is an entry. */
export function gapReason(text: string): GapReason | undefined {
  return isPlaceholder(text)
    ? (GAP_OF_PLACEHOLDER[text.slice(PLACEHOLDER_MARK_AT + MARK_LENGTH)] ?? 'dead')
    : undefined;
}

/** Of an entry or a placeholder. */
export const idOf = (text: string): string =>
  isPlaceholder(text) ? text.slice(1, PLACEHOLDER_MARK_AT) : text.slice(ID_AT, MARK_AT);

/** Of an entry or a placeholder. */
export const markOf = (text: string): string =>
  isPlaceholder(text)
    ? text.slice(PLACEHOLDER_MARK_AT, PLACEHOLDER_MARK_AT + MARK_LENGTH)
    : text.slice(MARK_AT, BODY_AT);

/** What stands in a log where an entry ended before it was acknowledged. */
export const placeholderOf = (text: string, reason: string): string => `x${idOf(text)}${markOf(text)}${reason}`;

export const expiryOf = (text: string): number => Number(text.slice(2, ID_AT));
export const bodyOf = (text: string): string => text.slice(BODY_AT);

/** Reads an entry (not a placeholder). */
export function decodeEntry(text: string): LogEntry {
  return {
    id: text.slice(ID_AT, MARK_AT),
    policy: policyOf(text.charAt(1)),
    expiresAtMs: expiryOf(text),
    mark: text.slice(MARK_AT, BODY_AT),
    body: bodyOf(text),
  };
}

export function encodeEntry({ id, policy, expiresAtMs, mark, body }: LogEntry): string {
  return `e${policyLetter(policy)}${String(expiresAtMs).padStart(13, '0')}${id}${mark}${body}`;
}
