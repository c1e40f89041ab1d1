import type { Chance } from './chance.js';

const TEXT = 1;
const CLOSE = 8;

interface WireFrame {
  readonly opcode: number;
  readonly payload: Buffer;
  readonly fin?: boolean;
  readonly rsv?: number;
  readonly masked?: boolean;
  /** Length to announce instead of the true one. */
  readonly length?: bigint;
}

/** Creates a frame of RFC 6455 §5.2, whether or not a client may send it. */
export function wireFrame({ opcode, payload, fin = true, rsv = 0, masked = true, length }: WireFrame): Buffer {
  const said = length ?? BigInt(payload.length);
  const form = length !== undefined || said > 65_535n ? 127 : said > 125n ? 126 : Number(said);
  const size = Buffer.alloc(form === 127 ? 8 : form === 126 ? 2 : 0);
  if (form === 127) size.writeBigUInt64BE(said);
  if (form === 126) size.writeUInt16BE(Number(said));
  const head = Buffer.from([(fin ? 0x80 : 0) | (rsv << 4) | opcode, (masked ? 0x80 : 0) | form]);
  const mask = Buffer.from([0x37, 0xfa, 0x21, 0x3d]);
  const body = masked ? Buffer.from(payload.map((byte, index) => byte ^ (mask[index % 4] ?? 0))) : payload;
  return Buffer.concat([head, size, ...(masked ? [mask] : []), body]);
}

/** Creates bytes of a peer that breaks the framing rules. */
export function brokenWire(payload: Buffer, chance: Chance): Buffer {
  const text = { opcode: TEXT, payload };
  const control = chance.pick([CLOSE, 9, 10]);
  const half = payload.length >> 1;
  const first = wireFrame({ ...text, payload: payload.subarray(0, half), fin: false });
  const last = wireFrame({ opcode: 0, payload: payload.subarray(half) });
  const closeOf = (code: number, reason = ''): Buffer => {
    const inner = Buffer.alloc(2);
    inner.writeUInt16BE(code);
    return wireFrame({ opcode: CLOSE, payload: Buffer.concat([inner, Buffer.from(reason)]) });
  };
  const shapes: readonly (() => Buffer)[] = [
    () => wireFrame({ ...text, rsv: 1 + chance.below(7) }),
    () => wireFrame({ ...text, opcode: chance.pick([3, 4, 5, 6, 7, 11, 12, 13, 14, 15]) }),
    () => wireFrame({ ...text, masked: false }),
    () => wireFrame({ opcode: control, payload: Buffer.alloc(126 + chance.below(200), 'x') }),
    () => wireFrame({ opcode: control, payload: Buffer.from('x'), fin: false }),
    () => Buffer.concat([first, wireFrame({ opcode: 9, payload: Buffer.from('in between') }), last]),
    () => Buffer.concat([first, wireFrame(text)]),
    () => last,
    () =>
      Buffer.concat(
        Array.from({ length: chance.pick([2, 15, 17, 200]) }, () =>
          wireFrame({ ...text, payload: Buffer.from(' '), fin: false }),
        ),
      ),
    () => wireFrame({ ...text, length: chance.pick([1n << 63n, (1n << 53n) + 1n, 65_537n, 1n, 0n]) }),
    () => closeOf(chance.pick([0, 999, 1_004, 1_005, 1_006, 1_015, 2_999, 4_409, 65_535])),
    () => wireFrame({ opcode: CLOSE, payload: Buffer.from([3]) }),
    () => closeOf(1_000, '\u00ff'.repeat(60)),
    () => wireFrame({ opcode: CLOSE, payload: Buffer.from('03e8ff', 'hex') }),
    () => wireFrame({ ...text, payload: Buffer.from('ce', 'hex'), fin: false }),
    () =>
      Buffer.concat(
        Array.from({ length: chance.pick([3, 100, 1_000]) }, () =>
          wireFrame({ opcode: control, payload: Buffer.alloc(0) }),
        ),
      ),
    () => wireFrame(text).subarray(0, 1 + chance.below(12)),
    () => Buffer.from('GET / HTTP/1.1\r\n\r\n'),
  ];
  return Buffer.concat(Array.from({ length: chance.few() }, () => chance.pick(shapes)()));
}
