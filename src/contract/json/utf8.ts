import { isUtf8 } from 'node:buffer';

const BYTE_ORDER_MARK = '\uFEFF';
/** How UTF-16 and UTF-32 begin: with a byte order mark, or with an ASCII character beside zero bytes. */
const WIDE = /^(?:\xff\xfe|\xfe\xff|\0\0\xfe\xff|\0[^\0]|[^\0]\0|\0\0\0[^\0])/;

/** The text of bytes, or why they are none. */
export type Decoded = { readonly text: string } | { readonly fault: string };

/** Decodes UTF-8, with or without a byte order mark. No byte is ever replaced. */
export function decodeUtf8(bytes: Buffer): Decoded {
  if (WIDE.test(bytes.toString('latin1', 0, 4))) return { fault: 'is UTF-16 or UTF-32, but must be UTF-8' };
  if (!isUtf8(bytes)) return { fault: `is not UTF-8: the fault is at byte ${faultIn(bytes)}, counted from 0` };
  return { text: withoutMark(bytes.toString()) };
}

/** Text without a byte order mark in front, which a reader of JSON may ignore (RFC 8259 §8.1). */
export const withoutMark = (text: string): string => (text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text);

/** What cannot be decoded comes back as other bytes. */
function faultIn(bytes: Buffer): number {
  const back = Buffer.from(bytes.toString());
  return bytes.findIndex((byte, at) => byte !== back[at]);
}
