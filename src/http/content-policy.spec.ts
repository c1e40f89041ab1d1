import { describe, expect, it } from '@jest/globals';
import { contentPolicy } from './content-policy.js';

describe('the content policy of a page', () => {
  it('allows only files of its own server', () => {
    expect(contentPolicy()).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    );
  });

  it('changes or adds only the given directives, in the same order', () => {
    const given = { 'frame-ancestors': "'self'", 'font-src': "'self'", 'style-src': "'self' 'unsafe-inline'" };
    expect(contentPolicy(given)).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self'; font-src 'self'; " +
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'",
    );
  });
});
