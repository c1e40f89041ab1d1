import { describe, expect, it } from '@jest/globals';
import { ERRORS, PostriderError } from './postrider-error.js';

describe('ERRORS', () => {
  it.each(Object.entries(ERRORS))(
    '%s is snake case, has an error status and says what to do',
    (code, { status, title, remedy }) => {
      expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/);
      expect(status).toBeGreaterThanOrEqual(400);
      expect(title).toMatch(/^[A-Z].*[^.]$/);
      expect(remedy).toMatch(/^[A-Z].*\.$/);
    },
  );
});

describe('PostriderError', () => {
  it('takes status, retryable and title from the catalogue', () => {
    expect(new PostriderError('topic_full')).toMatchObject({
      status: 409,
      retryable: true,
      title: 'The topic is full',
      message: expect.stringMatching(/^The topic is full\. Retry/),
    });
  });

  it('names one field or many', () => {
    expect(new PostriderError('invalid_request', 'is odd', { field: 'to' }).errors).toEqual([
      { field: 'to', message: 'is odd' },
    ]);
    const errors = [
      { field: 'a', message: 'x' },
      { field: 'b', message: 'y' },
    ];
    expect(new PostriderError('invalid_request', 'both', { errors })).toMatchObject({ errors, field: 'a' });
  });

  it('keeps its cause', () => {
    const cause = new Error('deep');
    expect(new PostriderError('internal', 'failed', { cause }).cause).toBe(cause);
    expect(new PostriderError('internal')).not.toHaveProperty('cause');
  });
});
