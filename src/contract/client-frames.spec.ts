import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { PostriderError } from './postrider-error.js';
import * as frames from './client-frames.js';

const READERS = [
  frames.readAck,
  frames.readHello,
  frames.readNack,
  frames.readPublish,
  frames.readRefresh,
  frames.readSubscribe,
  frames.readTopic,
];

/** Code of the refusal, or undefined if the text was read; any other error fails the test. */
function refusal(read: () => unknown): string | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    if (error instanceof PostriderError) return error.code;
    throw error;
  }
}

const near = fc.record(
  {
    topic: fc.oneof(fc.constantFrom('user:ada', 'all', 'news', 'user:'), fc.anything()),
    offset: fc.oneof(fc.integer(), fc.double(), fc.anything()),
    offsets: fc.oneof(fc.array(fc.oneof(fc.integer(), fc.double())), fc.anything()),
    epoch: fc.oneof(fc.string(), fc.anything()),
    rewind: fc.oneof(fc.integer(), fc.anything()),
    token: fc.oneof(fc.string(), fc.anything()),
    delayMs: fc.oneof(fc.integer(), fc.anything()),
    terminate: fc.anything(),
    key: fc.anything(),
  },
  { requiredKeys: [] },
);

describe('client frames', () => {
  it('are read or refused as malformed for any text', () => {
    const json = fc.jsonValue().map((value) => JSON.stringify(value));
    fc.assert(
      fc.property(fc.oneof(fc.string(), json, fc.string({ unit: 'binary' })), (text) => {
        expect([undefined, 'malformed_frame']).toContain(refusal(() => frames.readFrames(text)));
      }),
      { numRuns: 1_000 },
    );
  });

  it('take the fast path for acks only if a JSON parser reads the same ack', () => {
    const plain = fc
      .tuple(
        fc.oneof(fc.string(), fc.constantFrom('user:ada', 'a"b', 'a\\b')),
        fc.oneof(fc.nat(), fc.double(), fc.string()),
      )
      .map(([topic, offset]) => `{"event":"ack","data":{"topic":"${topic}","offset":${offset}}}`);
    const exact = fc
      .record({ topic: fc.stringMatching(/^[A-Za-z0-9._:@|+=~-]{1,40}$/), offset: fc.integer({ min: 1 }) })
      .map((data) => JSON.stringify({ event: 'ack', data }));
    fc.assert(
      fc.property(fc.oneof(plain, exact), (text) => {
        const read = frames.readPlainAck(text);
        if (read) expect(frames.readFrames(text)).toEqual([{ event: 'ack', data: read }]);
      }),
      { numRuns: 2_000 },
    );
    fc.assert(fc.property(exact, (text) => frames.readPlainAck(text) !== undefined));
  });

  it('survive a round trip, alone or in an array', () => {
    const id = fc.oneof(fc.string({ maxLength: 128 }), fc.integer());
    const frame = fc.record(
      { event: fc.string({ minLength: 1 }), data: fc.jsonValue(), id },
      { requiredKeys: ['event', 'data'] },
    );
    fc.assert(
      fc.property(fc.array(frame, { minLength: 1, maxLength: 4 }), (sent) => {
        const wire = JSON.stringify(sent.length === 1 ? sent[0] : sent);
        expect(frames.readFrames(wire)).toEqual(JSON.parse(JSON.stringify(sent)));
      }),
    );
  });

  it.each(['', '{', '[]', 'null', '3', '"x"', '[[]]', '{"event":""}', '{"event":1}', '{"event":"a","id":{}}'])(
    'refuses %s as malformed',
    (text) => expect(refusal(() => frames.readFrames(text))).toBe('malformed_frame'),
  );

  it.each(['9007199254740993', '0.12345678901234567890', '1e400', '1.00000000000000000001'])(
    'refuses the id %s, which an answer could not repeat',
    (id) => {
      expect(refusal(() => frames.readFrames(`{"event":"ping","id":${id}}`))).toBe('malformed_frame');
    },
  );

  it.each(['1', '1.0', '1e2', '-0.5', '"0.12345678901234567890"', '9007199254740991'])('accepts the id %s', (id) => {
    expect(frames.readFrames(`{"event":"ping","id":${id}}`)).toEqual([{ event: 'ping', id: JSON.parse(id) }]);
  });

  it('have data that is accepted or refused as invalid, for any value', () => {
    fc.assert(
      fc.property(fc.oneof(fc.anything(), near), fc.constantFrom(...READERS), (data, read) => {
        expect([undefined, 'invalid_request']).toContain(refusal(() => read(data)));
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('an ack', () => {
  it('is one offset or a list of offsets, from 1', () => {
    expect(frames.readAck({ topic: 'all', offset: 3 })).toEqual({ topic: 'all', offset: 3 });
    expect(frames.readAck({ topic: 'all', offsets: [2, 1] })).toEqual({ topic: 'all', offsets: [2, 1] });
  });

  it.each([
    { offset: 0 },
    { offset: 1.5 },
    { offset: '1' },
    { offset: 2 ** 53 },
    { offset: 1, offsets: [1] },
    { offsets: [] },
    { offsets: [0] },
    { offsets: Array.from({ length: 1_025 }, () => 1) },
    {},
  ])('is refused: %j', (data) => {
    expect(refusal(() => frames.readAck({ topic: 'all', ...data }))).toBe('invalid_request');
  });
});
