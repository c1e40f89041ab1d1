import { isUtf8 } from 'node:buffer';

const BYTE_ORDER_MARK = '\uFEFF';
/** First bytes of UTF-16 and UTF-32: a byte order mark, or zero bytes beside an ASCII character. */
const WIDE = /^(?:\xff\xfe|\xfe\xff|\0\0\xfe\xff|\0[^\0]|[^\0]\0|\0\0\0[^\0])/;

/** Decoded text, or the reason why the bytes are not text. */
export type Decoded = { readonly text: string } | { readonly fault: string };

/** Decodes UTF-8 with or without a byte order mark. It never replaces a byte. */
export function decodeUtf8(bytes: Buffer): Decoded {
  if (WIDE.test(bytes.toString('latin1', 0, 4))) return { fault: 'is UTF-16 or UTF-32, but must be UTF-8' };
  if (!isUtf8(bytes))
    return { fault: `is not UTF-8: the first invalid byte is at position ${faultIn(bytes)}, counted from 0` };
  return { text: withoutMark(bytes.toString()) };
}

/** Removes a leading byte order mark, which a JSON reader may ignore (RFC 8259 §8.1). */
export const withoutMark = (text: string): string => (text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text);

/** Position of the first byte that changes when the bytes are decoded and encoded again. */
function faultIn(bytes: Buffer): number {
  const back = Buffer.from(bytes.toString());
  return bytes.findIndex((byte, at) => byte !== back[at]);
}
