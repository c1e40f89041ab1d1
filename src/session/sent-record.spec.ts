import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decodeSentRecord, encodeSentRecord } from './sent-record.js';

const offset = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });

describe('sent records', () => {
  it('survive a round trip', () => {
    const epoch = fc.stringMatching(/^[0-9a-z]{8}$/);
    const attempts = fc.array(fc.tuple(offset, fc.integer({ min: 2, max: 1_000 })));
    fc.assert(
      fc.property(epoch, fc.nat(), attempts, (epoch, sent, pairs) => {
        const mark = { epoch, sent, attempts: new Map(pairs) };
        expect(decodeSentRecord(encodeSentRecord(mark))).toEqual(mark);
      }),
    );
  });

  it('are undefined for the unknown record of a dead node', () => expect(decodeSentRecord('?')).toBeUndefined());
});
