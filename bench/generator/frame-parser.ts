/** Opcodes of RFC 6455 §5.2 in use. */
export const OPCODE = { text: 1, close: 8, ping: 9, pong: 10 } as const;

const FIN = 0x80;
const MASK = 0x80;
const TWO_BYTES = 126;
const EIGHT_BYTES = 127;
const MASK_KEY_BYTES = 4;
const MAX_PAYLOAD_BYTES = 1 << 20;

/** Callback for a payload, which is only valid during the call. */
export type TakeFrame = (opcode: number, payload: Buffer) => void;

/**
 * Splits the byte stream of a server into frames (RFC 6455 §5.2). These servers neither fragment
 * nor compress.
 */
export class FrameParser {
  /** Rest of an incomplete frame from the last read. */
  private rest?: Buffer;

  /** @throws Error on anything but whole, unmasked frames of a reasonable length. */
  push(chunk: Buffer, take: TakeFrame): void {
    const bytes = this.rest ? Buffer.concat([this.rest, chunk]) : chunk;
    let at = 0;
    for (;;) {
      const header = headerBytes(bytes, at);
      if (header === undefined) break;
      const length = payloadBytes(bytes, at);
      if (bytes.length < at + header + length) break;
      take(bytes[at]! & 0x0f, bytes.subarray(at + header, at + header + length));
      at += header + length;
    }
    this.rest = at < bytes.length ? Buffer.from(bytes.subarray(at)) : undefined;
  }
}

function headerBytes(bytes: Buffer, at: number): number | undefined {
  if (bytes.length < at + 2) return undefined;
  const first = bytes[at]!;
  const second = bytes[at + 1]!;
  if ((first & 0xf0) !== FIN || second & MASK) throw new Error('a frame that is fragmented, compressed or masked');
  const header = second < TWO_BYTES ? 2 : second === TWO_BYTES ? 4 : 10;
  return bytes.length < at + header ? undefined : header;
}

function payloadBytes(bytes: Buffer, at: number): number {
  const short = bytes[at + 1]!;
  if (short < TWO_BYTES) return short;
  const length = short === EIGHT_BYTES ? Number(bytes.readBigUInt64BE(at + 2)) : bytes.readUInt16BE(at + 2);
  if (length > MAX_PAYLOAD_BYTES) throw new Error(`a frame of ${length} bytes`);
  return length;
}

/** Creates a client frame. Its mask key is zero, which is legal and leaves the payload as it is. */
export function clientFrame(opcode: number, payload: Buffer): Buffer {
  const { length } = payload;
  if (length >= 1 << 16) throw new Error(`a frame of ${length} bytes`);
  const header = length < TWO_BYTES ? 2 : 4;
  const frame = Buffer.allocUnsafe(header + MASK_KEY_BYTES + length);
  frame[0] = FIN | opcode;
  if (header === 2) frame[1] = MASK | length;
  else {
    frame[1] = MASK | TWO_BYTES;
    frame.writeUInt16BE(length, 2);
  }
  frame.fill(0, header, header + MASK_KEY_BYTES);
  payload.copy(frame, header + MASK_KEY_BYTES);
  return frame;
}
