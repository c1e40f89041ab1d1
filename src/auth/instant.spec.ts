import { describe, expect, it } from '@jest/globals';
import { instantOf } from './instant.js';

describe('instantOf', () => {
  it.each([
    [0, '1970-01-01T00:00:00.000Z'],
    [1_772_366_400_000.9, '2026-03-01T12:00:00.000Z'],
    [253_402_300_800_000, '9999-12-31T23:59:59.999Z'],
    [Number.POSITIVE_INFINITY, '9999-12-31T23:59:59.999Z'],
    [-1, '1970-01-01T00:00:00.000Z'],
  ])('of %d is %s', (ms, text) => expect(instantOf(ms)).toBe(text));
});
