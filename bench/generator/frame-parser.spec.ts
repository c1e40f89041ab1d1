import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { textFrame } from '../../src/gateway/frame-codec.js';
import { piecesOf } from '../../test/support/pieces.js';
import { clientFrame, FrameParser, OPCODE } from './frame-parser.js';

const payload = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom(125, 126, 65_535, 65_536).map((length) => 'x'.repeat(length)),
);
const cuts = fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), { maxLength: 20 });

function parsed(pieces: readonly Buffer[]): [opcode: number, payload: string][] {
  const parser = new FrameParser();
  const frames: [number, string][] = [];
  for (const piece of pieces) parser.push(piece, (opcode, bytes) => frames.push([opcode, bytes.toString()]));
  return frames;
}

describe('the frame parser of the generator', () => {
  it('returns the same messages however the stream is split', () => {
    fc.assert(
      fc.property(fc.array(payload, { maxLength: 8 }), cuts, (payloads, cuts) => {
        const stream = Buffer.concat(payloads.map(textFrame));
        expect(parsed(piecesOf(stream, cuts))).toEqual(payloads.map((text) => [OPCODE.text, text]));
      }),
    );
  });

  it('returns them even byte by byte', () => {
    const stream = Buffer.concat([textFrame('one'), textFrame('y'.repeat(200)), textFrame('')]);
    expect(parsed([...stream].map((byte) => Buffer.of(byte)))).toEqual(
      ['one', 'y'.repeat(200), ''].map((text) => [OPCODE.text, text]),
    );
  });

  it.each([
    ['fragmented', Buffer.of(0x01, 0x00)],
    ['compressed', Buffer.of(0xc1, 0x00)],
    ['masked', Buffer.of(0x81, 0x80)],
    ['longer than a megabyte', Buffer.of(0x81, 127, 0, 0, 0, 1, 0, 0, 0, 0)],
  ])('refuses a frame that is %s', (_, bytes) => {
    expect(() => parsed([bytes])).toThrow('a frame');
  });
});

describe('a frame of the generator', () => {
  it.each([0, 125, 126, 65_535])('of %d bytes is masked with zeros and carries its payload', (length) => {
    const frame = clientFrame(OPCODE.text, Buffer.alloc(length, 'x'));
    const header = length < 126 ? 2 : 4;
    expect(frame[1]! & 0x80).toBe(0x80);
    expect(frame.readUInt32BE(header)).toBe(0);
    expect(frame.subarray(header + 4).toString()).toBe('x'.repeat(length));
  });
});
