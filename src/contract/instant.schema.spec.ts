import { describe, expect, it } from '@jest/globals';
import { instant, msOfInstant } from './instant.schema.js';

const MIDNIGHT = Date.UTC(2017, 0, 1);

describe('an RFC 3339 time', () => {
  it.each([
    ['2017-01-01T00:00:00Z', MIDNIGHT],
    ['2017-01-01t00:00:00z', MIDNIGHT],
    ['2017-01-01T01:00:00.250+01:00', MIDNIGHT + 250],
    ['2016-12-31T23:59:60Z', MIDNIGHT],
    ['2016-12-31t23:59:60.5z', MIDNIGHT],
    ['2016-12-31T15:59:60-08:00', MIDNIGHT],
    ['2017-01-01T05:29:60+05:30', MIDNIGHT],
  ])('is %s', (text, ms) => {
    expect(instant.safeParse(text).success).toBe(true);
    expect(msOfInstant(text)).toBe(ms);
  });

  it.each([
    'noon',
    '2017-01-01',
    '2017-01-01T00:00:00',
    '2017-02-30T00:00:00Z',
    '2016-12-31T23:58:60Z',
    '2016-12-31T23:59:61Z',
  ])('is not %s', (text) => {
    expect(instant.safeParse(text).success).toBe(false);
  });
});
