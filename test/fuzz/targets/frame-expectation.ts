import { createScanner } from 'jsonc-parser';
import { CLIENT_DATA } from '../../../src/contract/client-frames.js';
import { notificationBody } from '../../../src/contract/notification.schema.js';
import { hasDoubtfulKey } from './json-keys.js';

export interface Expectation {
  /** The socket has to be closed with it. */
  readonly close?: number;
  /** The whole message is refused. */
  readonly malformed?: boolean;
  readonly requests: readonly Expected[];
}

/** A request with an id, in the order in which it has to be answered. */
export interface Expected {
  readonly id: string | number;
  readonly event: string;
  readonly valid: boolean;
}

/** It leaves a byte order mark in front away. */
const utf8 = new TextDecoder('utf-8', { fatal: true });
/** Places of published data, which passes unchanged: in one frame, or in each of an array. */
const PUBLISHED = new Set(['data.data', '*.data.data']);

/** Expected answer to a text message according to docs/protocol.md, derived by separate code. */
export function expectationOf(bytes: Buffer, maxFrameBytes: number): Expectation {
  if (bytes.length > maxFrameBytes) return { close: 1009, requests: [] };
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    return { close: 1007, requests: [] };
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return { malformed: true, requests: [] };
  }
  if (hasDoubtfulKey(text, PUBLISHED)) return { malformed: true, requests: [] };
  const frames = Array.isArray(parsed) ? (parsed as unknown[]) : [parsed];
  if (frames.length === 0 || !frames.every(isFrame)) return { malformed: true, requests: [] };
  if (!hasExactIds(text)) return { malformed: true, requests: [] };
  return { requests: frames.flatMap((frame) => requestOf(frame)) };
}

interface Frame {
  event: string;
  data?: unknown;
  id?: string | number;
}

function isFrame(value: unknown): value is Frame {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const { event, id } = value as Record<string, unknown>;
  if (typeof event !== 'string' || event === '') return false;
  return (
    id === undefined ||
    (typeof id === 'string' ? id.length <= 128 : typeof id === 'number' && Math.abs(id) <= Number.MAX_SAFE_INTEGER)
  );
}

/**
 * True if answers can repeat the ids of all frames: a number may have more digits than JavaScript
 * keeps.
 */
function hasExactIds(text: string): boolean {
  const scanner = createScanner(text, true);
  let [depth, frameDepth, key, isValue] = [0, 0, '', false];
  for (scanner.scan(); scanner.getTokenLength() > 0; scanner.scan()) {
    const from = scanner.getTokenOffset();
    const first = text.charAt(from);
    frameDepth ||= first === '[' ? 2 : 1;
    if (first === '{' || first === '[') depth++;
    else if (first === '}' || first === ']') depth--;
    if (depth !== frameDepth) continue;
    if (first === ':') isValue = true;
    else if (first === ',' || first === '{') isValue = false;
    else if (!isValue) key = scanner.getTokenValue();
    else if (key === 'id' && /[-\d]/.test(first)) {
      const number = text.slice(from, from + scanner.getTokenLength());
      if (digitsOf(number) !== digitsOf(String(Number(number)))) return false;
    }
  }
  return true;
}

/** The digits of a number that count, and the power of ten behind them. */
function digitsOf(number: string): string {
  const [, whole = '', fraction = '', power = '0'] = /^-?(\d+)\.?(\d*)(?:e(.+))?$/i.exec(number) ?? [];
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  const counting = digits.replace(/0+$/, '');
  return counting && `${counting}e${Number(power) - fraction.length + digits.length - counting.length}`;
}

function requestOf({ event, data, id }: Frame): Expected[] {
  if (id === undefined || event === 'pong') return [];
  return [{ id, event, valid: isValid(event, data) }];
}

function isValid(event: string, data: unknown): boolean {
  if (!Object.hasOwn(CLIENT_DATA, event)) return false;
  const schema = CLIENT_DATA[event as keyof typeof CLIENT_DATA];
  if (schema === undefined) return true;
  const read = schema.safeParse(data ?? {});
  if (event === 'ack') return isAck(data);
  if (!read.success || event !== 'publish') return read.success;
  const { topic, type, data: content } = read.data as Record<string, unknown>;
  return notificationBody.safeParse({ to: { topic }, type, data: content }).success;
}

/** Any text may be the topic of an ack: one that is none has not been subscribed. */
function isAck(data: unknown): boolean {
  const { topic, offset, offsets } = Object(data) as Record<string, unknown>;
  if (typeof topic !== 'string' || (offset !== undefined && offsets !== undefined)) return false;
  return CLIENT_DATA.ack.safeParse({ ...Object(data), topic: 'all' }).success && (offset ?? offsets) !== undefined;
}
