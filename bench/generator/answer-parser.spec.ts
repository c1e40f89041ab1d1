import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { piecesOf } from '../../test/support/pieces.js';
import { type Answer, AnswerParser } from './answer-parser.js';

const body = fc.string({ unit: 'grapheme', maxLength: 300 });
const measured = fc.record({ status: fc.constantFrom(202, 207, 503), body }).map((answer) => ({
  answer,
  bytes: Buffer.from(
    `HTTP/1.1 ${answer.status} Some\r\nContent-Length: ${Buffer.byteLength(answer.body)}\r\n\r\n${answer.body}`,
  ),
}));
const chunked = fc.array(body.filter((text) => text !== '')).map((parts) => ({
  answer: { status: 200, body: parts.join('') },
  bytes: Buffer.from(['HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n', ...[...parts, ''].map(chunk)].join('')),
}));
const bodiless = fc.constant({
  answer: { status: 204, body: '' },
  bytes: Buffer.from('HTTP/1.1 204 No Content\r\n\r\n'),
});
const cuts = fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), { maxLength: 20 });

function chunk(text: string): string {
  return `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
}

function parsed(pieces: readonly Buffer[]): Answer[] {
  const parser = new AnswerParser();
  const answers: Answer[] = [];
  for (const piece of pieces) parser.push(piece, (answer) => answers.push(answer));
  return answers;
}

describe('the answer parser of the generator', () => {
  it('returns the same answers however the stream is split', () => {
    const answers = fc.array(fc.oneof(measured, chunked, bodiless), { maxLength: 6 });
    fc.assert(
      fc.property(answers, cuts, (answers, cuts) => {
        const stream = Buffer.concat(answers.map(({ bytes }) => bytes));
        expect(parsed(piecesOf(stream, cuts))).toEqual(answers.map(({ answer }) => answer));
      }),
    );
  });

  it.each([
    ['is no HTTP/1.1', 'SSH-2.0-OpenSSH\r\n\r\n'],
    ['has a chunk without a size', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nsize\r\n'],
    ['does not end', 'x'.repeat(2 ** 21)],
  ])('refuses a stream that %s', (_, text) => {
    expect(() => parsed([Buffer.from(text)])).toThrow(Error);
  });
});
