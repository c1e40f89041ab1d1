import { describe, expect, it } from '@jest/globals';
import { matchesPattern } from './topic-pattern.js';

describe('matchesPattern', () => {
  it.each([
    ['orders', 'orders'],
    ['*', 'anything'],
    ['*', ''],
    ['orders.*', 'orders.eu'],
    ['orders.*', 'orders.'],
    ['*.eu', 'orders.eu'],
    ['orders.*.eu', 'orders.a.b.eu'],
    ['a*b*c', 'aXbYbZc'],
    ['a**b', 'ab'],
    ['*b*', 'abc'],
    ['ab*ba', 'abba'],
  ])('%s matches %s', (pattern, topic) => expect(matchesPattern(pattern, topic)).toBe(true));

  it.each([
    ['orders', 'orders.eu'],
    ['orders', 'order'],
    ['', 'x'],
    ['orders.*', 'orders'],
    ['*.eu', 'orders.us'],
    ['ab*ba', 'aba'],
    ['a*b*c', 'acb'],
    ['a.b', 'axb'],
    ['a?', 'ab'],
    ['[a]', 'a'],
  ])('%s does not match %s', (pattern, topic) => expect(matchesPattern(pattern, topic)).toBe(false));

  it('is fast for a hostile pattern', () => {
    const startedMs = performance.now();
    expect(matchesPattern('*a'.repeat(100), `${'a'.repeat(200)}b`)).toBe(false);
    expect(performance.now() - startedMs).toBeLessThan(100);
  });
});
