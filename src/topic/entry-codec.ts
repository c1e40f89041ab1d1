import { ACK_POLICIES, type AckPolicy, type GapReason, PRIORITIES, type Priority } from '../contract/terms.js';
import { ID_LENGTH, MARK_LENGTH, TIME_LENGTH, timeAt, timeDigits } from '../contract/notification-id.js';

const POLICY_LETTER = { any: 'a', all: 'l', none: 'n' } as const;
const PRIORITY_LETTER = { high: 'h', normal: 'e', low: 'l' } as const;
const POLICY_OF_LETTER: Readonly<Record<string, AckPolicy>> = { a: 'any', l: 'all', n: 'none' };

const GAP_OF_PLACEHOLDER: Readonly<Record<string, GapReason>> = {
  expired: 'expired',
  cancelled: 'cancelled',
  collapsed: 'cancelled',
  lost: 'trimmed',
};

/**
 * One entry of a log, as it is laid out:
 *
 *   priority  1 letter
 *   policy    1 letter
 *   expiry    8 digits, as of `timeDigits`
 *   id        21
 *   mark      8
 *   time      8 digits
 *   body      the rest
 *
 * The mark is drawn for each append. A log that holds the same mark at the same offset is the same
 * log up to there. An id does not prove that, because an append may be retried. The body is the
 * given part of the `notification` frame (`"type":…,"data":…`, and the fields that `appendOf`
 * adds), so that no node parses it again; `innerOf` adds the rest.
 */
export interface LogEntry {
  readonly id: string;
  readonly priority: Priority;
  readonly policy: AckPolicy;
  readonly expiresAtMs: number;
  readonly mark: string;
  /** Time of publication, or of the schedule. */
  readonly atMs: number;
  readonly body: string;
}

const EXPIRY_AT = 2;
const ID_AT = EXPIRY_AT + TIME_LENGTH;
const MARK_AT = ID_AT + ID_LENGTH;
const TIME_AT = MARK_AT + MARK_LENGTH;
const BODY_AT = TIME_AT + TIME_LENGTH;
const PLACEHOLDER_MARK_AT = 1 + ID_LENGTH;

const policyLetter = (policy: AckPolicy): string => POLICY_LETTER[policy];
export const policyOf = (letter: string): AckPolicy => POLICY_OF_LETTER[letter.slice(0, 1)] ?? 'any';

const isPlaceholder = (text: string): boolean => text.charCodeAt(0) === 0x78;

/** Reason of a placeholder (`x`, id, mark, reason), or `undefined` if the text is an entry. */
export function gapReason(text: string): GapReason | undefined {
  return isPlaceholder(text)
    ? (GAP_OF_PLACEHOLDER[text.slice(PLACEHOLDER_MARK_AT + MARK_LENGTH)] ?? 'dead')
    : undefined;
}

/** Id of an entry or a placeholder. */
export const idOf = (text: string): string =>
  isPlaceholder(text) ? text.slice(1, PLACEHOLDER_MARK_AT) : text.slice(ID_AT, MARK_AT);

/** Mark of an entry or a placeholder. */
export const markOf = (text: string): string =>
  isPlaceholder(text)
    ? text.slice(PLACEHOLDER_MARK_AT, PLACEHOLDER_MARK_AT + MARK_LENGTH)
    : text.slice(MARK_AT, TIME_AT);

/** Placeholder for an entry that ended before it was acknowledged. */
export const placeholderOf = (text: string, reason: string): string => `x${idOf(text)}${markOf(text)}${reason}`;

export const expiryOf = (text: string): number => timeAt(text, EXPIRY_AT);

/** Inner part of the `notification` frame of an entry. */
export function innerOf(text: string): string {
  const at = new Date(timeAt(text, TIME_AT)).toISOString();
  const expiresAt = new Date(expiryOf(text)).toISOString();
  return `"id":"${text.slice(ID_AT, MARK_AT)}",${text.slice(BODY_AT)},"at":"${at}","expiresAt":"${expiresAt}"`;
}

/** Kinds by which the metrics tell entries apart. */
export const DELIVERY_KINDS = PRIORITIES.flatMap((priority) => ACK_POLICIES.map((policy) => ({ priority, policy })));

/** Places of the letters of an entry, by their codes: in `PRIORITIES`, and in `ACK_POLICIES`. */
const placesOf = <T extends string>(values: readonly T[], letters: Readonly<Record<T, string>>): Uint8Array => {
  const places = new Uint8Array(128);
  values.forEach((value, place) => (places[letters[value].charCodeAt(0)] = place));
  return places;
};
const PRIORITY_PLACES = placesOf(PRIORITIES, PRIORITY_LETTER);
const POLICY_PLACES = placesOf(ACK_POLICIES, POLICY_LETTER);

/** The place of an entry's kind in `DELIVERY_KINDS`. */
export const deliveryKindOf = (text: string): number =>
  ACK_POLICIES.length * (PRIORITY_PLACES[text.charCodeAt(0)] ?? 0) + (POLICY_PLACES[text.charCodeAt(1)] ?? 0);

const TRACE = ',"traceparent":"';
/**
 * Length of a traceparent (W3C Trace Context §3.2): version, trace id, parent id and flags,
 * separated by dashes.
 */
const TRACEPARENT_LENGTH = 55;
const QUOTE = 0x22;

/**
 * Returns the `traceparent` of a traced entry. It ends the body, and every quote within a JSON
 * string is preceded by a backslash, so nothing in `data` can be mistaken for it.
 */
export function traceOf(text: string): string | undefined {
  if (text.charCodeAt(text.length - 1) !== QUOTE) return undefined;
  const at = text.length - 1 - TRACEPARENT_LENGTH;
  return text.startsWith(TRACE, at - TRACE.length) ? text.slice(at, -1) : undefined;
}

/** Entry before its append draws a mark. */
export type UnmarkedEntry = Omit<LogEntry, 'priority' | 'mark'> & { readonly priority?: Priority };

export function encodeEntry(entry: UnmarkedEntry, mark: string): string {
  const { id, priority = 'normal', policy, expiresAtMs, atMs, body } = entry;
  return `${PRIORITY_LETTER[priority]}${policyLetter(policy)}${timeDigits(expiresAtMs)}${id}${mark}${timeDigits(atMs)}${body}`;
}

/** Terms of a delivery. */
export interface Terms {
  readonly policy: AckPolicy;
  readonly expiresAtMs: number;
  readonly atMs: number;
  readonly ackWaitMs: number;
  readonly maxAttempts: number;
}

/** Reads the terms in the record of a delivery, as far as answers need them. */
export const decodeTerms = (text: string): Pick<Terms, 'policy' | 'expiresAtMs' | 'atMs'> => ({
  policy: policyOf(text),
  expiresAtMs: timeAt(text, 1),
  atMs: timeAt(text, 1 + TIME_LENGTH),
});
