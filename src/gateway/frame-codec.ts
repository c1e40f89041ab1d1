import type { FrameId } from '../contract/client-frames.js';
import type { ServerEvent } from '../contract/server-frames.js';
import type { FeedEntry, TopicFeed } from '../delivery/topic-feed.js';
import { innerOf } from '../topic/entry-codec.js';

/** First byte of an unfragmented text frame: FIN and opcode 1 (RFC 6455 §5.2). */
const FIN_TEXT = 0x81;
const TWO_BYTES = 126;
const EIGHT_BYTES = 127;

/**
 * Complete, unmasked text frame (RFC 6455 §5.2). It is built once and written to any number of
 * sockets, which is legal without negotiated extensions and with all other frames written whole.
 */
export function textFrame(text: string): Buffer {
  const length = Buffer.byteLength(text);
  const header = headerBytes(length);
  const frame = Buffer.allocUnsafe(header + length);
  frame[0] = FIN_TEXT;
  if (header === 2) frame[1] = length;
  else if (header === 4) {
    frame[1] = TWO_BYTES;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = EIGHT_BYTES;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  frame.write(text, header);
  return frame;
}

function headerBytes(length: number): number {
  if (length < TWO_BYTES) return 2;
  return length < 65_536 ? 4 : 10;
}

/** Text of a frame to a client. */
export function eventText(event: ServerEvent, data?: object, id?: FrameId): string {
  return JSON.stringify({ event, ...(data && { data }), ...(id !== undefined && { id }) });
}

/**
 * Frame of a notification, built without parsing the stored text. The frame of a first delivery is
 * built once for all sockets.
 */
export function notificationFrame(feed: TopicFeed, offset: number, entry: FeedEntry, attempt: number): Buffer {
  if (attempt === 1 && entry.frame) return entry.frame;
  const frame = textFrame(notificationText(feed.topic, offset, feed.epoch, attempt, innerOf(entry.text)));
  if (attempt === 1) entry.frame = frame;
  return frame;
}

/**
 * Text of a notification, built without parsing the stored text: `body` is the inner part of the
 * frame's `data`.
 */
export function notificationText(topic: string, offset: number, epoch: string, attempt: number, body: string): string {
  return `{"event":"notification","data":{"topic":"${topic}","offset":${offset},"epoch":"${epoch}",${body},"attempt":${attempt}}}`;
}
