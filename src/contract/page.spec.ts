import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { decodeCursor, encodeCursor, pageQuery } from './page.js';

describe('cursors', () => {
  const position = z.tuple([z.string(), z.int()]);

  it('survive a round trip', () => {
    expect(decodeCursor(encodeCursor(['order|ä', 7]), position)).toEqual(['order|ä', 7]);
  });

  it.each(['', 'x', 'bnVsbA', '💥', encodeCursor([1, 2]), encodeCursor({})])('refuse %j', (cursor) => {
    expect(() => decodeCursor(cursor, position)).toThrow(
      expect.objectContaining({ code: 'invalid_request', field: 'cursor' }),
    );
  });
});

describe('pageQuery', () => {
  it('has 100 items by default', () => expect(pageQuery.parse({})).toEqual({ limit: 100 }));
  it.each(['1', '1000'])('accepts a limit of %s', (limit) =>
    expect(pageQuery.parse({ limit }).limit).toBe(Number(limit)),
  );
  it.each(['0', '1001', '-1', '1.5', '', 'x', '1e3'])('refuses a limit of %j', (limit) =>
    expect(pageQuery.safeParse({ limit }).success).toBe(false),
  );
});
