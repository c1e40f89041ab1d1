import { CLOSE_CODES } from '../../../src/contract/close-codes.js';
import { CLIENT_MESSAGES } from '../../../src/operators/socket-messages.js';
import type { ErrorFrame, Frame } from '../../support/frames.js';
import type { Expectation, Expected } from './frame-expectation.js';

export const DOCUMENTED_CLOSES = new Set([...Object.keys(CLOSE_CODES).map(Number), 1005]);
const UNASKED = new Set(['notification', 'gap', 'ping', 'goodbye']);
/** Codes with which a valid request may be refused. */
const RIGHTLY = new Set([
  'unauthorized',
  'forbidden',
  'not_subscribed',
  'offset_above_head',
  'payload_too_large',
  'too_many_subscriptions',
  'stale_epoch',
  'session_not_found',
  'topic_full',
  'idempotency_mismatch',
  'rate_limited',
]);

/** Returns the fault in the answers to a message; undefined if there is none. */
export function faultOf(
  frames: readonly Frame[],
  close: number | undefined,
  expected: Expectation,
): string | undefined {
  const internal = internalIn(frames);
  if (internal) return internal;
  if (close !== undefined && !DOCUMENTED_CLOSES.has(close)) return `closed with ${close}`;
  if (expected.close !== undefined)
    return close === expected.close ? undefined : `not closed with ${expected.close} but ${close}`;
  const asked = frames.filter(({ event }) => !UNASKED.has(event));
  if (expected.malformed)
    return asked.some((frame) => codeOf(frame) === 'malformed_frame') ? undefined : 'malformed, but not told so';
  if (asked.some((frame) => codeOf(frame) === 'malformed_frame')) return 'told to be malformed, but is not';
  const answered = asked.filter((frame) => frame.id !== undefined);
  if (answered.length > expected.requests.length)
    return `${answered.length} answers to ${expected.requests.length} requests`;
  for (const [index, frame] of answered.entries()) {
    const request = expected.requests[index];
    if (request?.id !== frame.id) return `answer ${index} is to ${frame.id}, that to ${request?.id} was due`;
    const fault = faultOfAnswer(request, frame);
    if (fault) return fault;
  }
  // A request that closed the socket prevented the answers to later ones.
  if (close === undefined && answered.length < expected.requests.length)
    return `${expected.requests.length - answered.length} requests without an answer`;
  return undefined;
}

function faultOfAnswer({ event, valid }: Expected, frame: Frame): string | undefined {
  const code = codeOf(frame);
  const known = Object.hasOwn(CLIENT_MESSAGES, event);
  if (!known) return code === 'unknown_event' ? undefined : `unknown event answered with ${nameOf(frame)}`;
  if (valid) {
    const right = frame.event === CLIENT_MESSAGES[event as keyof typeof CLIENT_MESSAGES].answer;
    return right || RIGHTLY.has(code ?? '') ? undefined : `valid ${event} answered with ${nameOf(frame)}`;
  }
  const field = (frame.data as { field?: string } | undefined)?.field;
  if (code === 'payload_too_large' || code === 'forbidden') return undefined;
  return code === 'invalid_request' && field !== undefined
    ? undefined
    : `invalid ${event} answered with ${nameOf(frame)}, field ${field}`;
}

const codeOf = ({ event, data }: Frame): string | undefined =>
  event === 'error' ? (data as ErrorFrame).code : undefined;

export const nameOf = (frame: Frame): string => codeOf(frame) ?? frame.event;

export const internalIn = (frames: readonly Frame[]): string | undefined =>
  frames.some((frame) => codeOf(frame) === 'internal') ? 'an internal error' : undefined;
