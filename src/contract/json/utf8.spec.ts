import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decodeUtf8 } from './utf8.js';

const text = fc.string({ unit: 'grapheme', minLength: 1 }).filter((given) => !given.includes('\0'));

describe('decodeUtf8', () => {
  it('returns the encoded text without a byte order mark', () => {
    fc.assert(
      fc.property(text, fc.boolean(), (given, marked) => {
        const bytes = Buffer.from(marked ? `\uFEFF${given}` : given);
        expect(decodeUtf8(bytes)).toEqual({ text: given.replace(/^\uFEFF/, '') });
      }),
    );
  });

  it('reports the position of the first byte that is not UTF-8', () => {
    fc.assert(
      fc.property(text, fc.constantFrom(0x80, 0xc0, 0xe9, 0xf5, 0xff), text, (before, byte, after) => {
        const head = Buffer.from(`{"${before}`);
        const bytes = Buffer.concat([head, Buffer.from([byte]), Buffer.from(`"${after}`)]);
        expect(decodeUtf8(bytes)).toEqual({ fault: expect.stringContaining(`at position ${head.length},`) });
      }),
    );
  });

  it.each<[string, Buffer]>([
    ['half a character', Buffer.from([0x22, 0xc3])],
    ['a surrogate', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22])],
    ['an overlong encoding', Buffer.from([0x22, 0xc0, 0xaf, 0x22])],
    ['UTF-16 with a byte order mark', Buffer.from('\uFEFF{"a":1}', 'utf16le')],
    ['UTF-16 without a byte order mark', Buffer.from('{"a":1}', 'utf16le')],
    ['big-endian UTF-16', Buffer.from('{"a":1}', 'utf16le').swap16()],
    ['UTF-32', Buffer.from([0x7b, 0, 0, 0, 0x7d, 0, 0, 0])],
  ])('refuses %s', (_, bytes) => {
    expect(decodeUtf8(bytes)).toEqual({ fault: expect.stringContaining('UTF-8') });
  });
});
