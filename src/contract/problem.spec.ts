import { describe, expect, it } from '@jest/globals';
import { HttpException } from '@nestjs/common';
import { PostriderError } from './postrider-error.js';
import { postriderErrorOf, problemHeaders, problemOf } from './problem.js';

describe('postriderErrorOf', () => {
  it('returns a PostriderError unchanged', () => {
    const error = new PostriderError('too_late');
    expect(postriderErrorOf(error)).toBe(error);
  });

  it.each([
    [400, 'invalid_request', 400],
    [401, 'unauthorized', 401],
    [403, 'forbidden', 403],
    [404, 'not_found', 404],
    [406, 'invalid_request', 400],
    [413, 'payload_too_large', 413],
    [415, 'unsupported_media_type', 415],
    [429, 'rate_limited', 429],
    [500, 'internal', 500],
    [502, 'internal', 500],
    [503, 'draining', 503],
  ])('keeps only the status %i of a foreign error', (given, code, status) => {
    const foreign = [new HttpException('a secret', given), Object.assign(new Error('a secret'), { statusCode: given })];
    for (const thrown of foreign) {
      const error = postriderErrorOf(thrown);
      expect(error).toMatchObject({ code, status, cause: thrown });
      expect(JSON.stringify(problemOf(error))).not.toContain('secret');
    }
  });

  it.each([new Error('x'), 'x', undefined, null, { statusCode: 404 }])('maps %p to internal', (thrown) => {
    expect(postriderErrorOf(thrown)).toMatchObject({ code: 'internal', status: 500 });
  });
});

describe('problemHeaders', () => {
  it.each([
    [new PostriderError('rate_limited', 'x', { retryAfterMs: 2_001 }), '3'],
    [new PostriderError('unconfirmed', 'x', { retryAfterMs: 0 }), '1'],
    [new PostriderError('draining'), expect.stringMatching(/^[1-5]$/)],
    [new PostriderError('topic_full'), undefined],
    [new PostriderError('internal'), undefined],
  ])('say when to retry, in whole seconds: %s', (error, expected) => {
    expect(problemHeaders(error)['retry-after']).toEqual(expected);
  });
});
