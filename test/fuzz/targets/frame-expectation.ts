import { createScanner } from 'jsonc-parser';
import { CLIENT_DATA } from '../../../src/contract/client-frames.js';
import { notificationBody } from '../../../src/contract/notification.schema.js';
import { hasDoubtfulKey } from './json-keys.js';

export interface Expectation {
  /** Code with which the socket must be closed. */
  readonly close?: number;
  /** True if the whole message must be refused. */
  readonly malformed?: boolean;
  readonly requests: readonly Expected[];
}

/** Request with an id, in the order of its answer. */
export interface Expected {
  readonly id: string | number;
  readonly event: string;
  readonly valid: boolean;
}

/** Decoder that drops a leading byte order mark. */
const utf8 = new TextDecoder('utf-8', { fatal: true });
/** Paths of published data, which passes unchanged: in one frame, or in each frame of an array. */
const PUBLISHED = new Set(['data.data', '*.data.data']);

/**
 * Derives the expected answer to a text message from docs/protocol.md, independently of the
 * server's code.
 */
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
 * True if answers can repeat the ids of all frames. A number may have more digits than JavaScript
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

/** Returns the significant digits of a number and their power of ten. */
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

/**
 * Checks the data of an ack. Any text may be its topic; an invalid name counts as not subscribed.
 */
function isAck(data: unknown): boolean {
  const { topic, offset, offsets } = Object(data) as Record<string, unknown>;
  if (typeof topic !== 'string' || (offset !== undefined && offsets !== undefined)) return false;
  return CLIENT_DATA.ack.safeParse({ ...Object(data), topic: 'all' }).success && (offset ?? offsets) !== undefined;
}
