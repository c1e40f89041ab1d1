import { describe, expect, it } from '@jest/globals';
import * as text from './format.js';
import { hrefOf, parseRoute } from './route.js';

describe('figures as text', () => {
  it.each([
    [0, '0'],
    [12_345, '12,345'],
    [1_234_567, '1.2M'],
  ])('count of %d', (value, told) => expect(text.count(value)).toBe(told));

  it.each([
    [0, '0'],
    [0.254, '0.25'],
    [3.456, '3.46'],
    [34.56, '34.6'],
    [1_234.5, '1,235'],
  ])('rate of %d', (value, told) => expect(text.rate(value)).toBe(told));

  it.each([
    [0, '0 B'],
    [1_023, '1023 B'],
    [1_536, '1.5 KiB'],
    [200 * 1024 * 1024, '200 MiB'],
  ])('%d bytes', (value, told) => expect(text.bytes(value)).toBe(told));

  it.each([
    [0, '0 ms'],
    [0.25, '0.25 ms'],
    [4.24, '4.2 ms'],
    [140.6, '141 ms'],
    [1_250, '1.25 s'],
    [42_400, '42 s'],
    [60_000, '1 min'],
    [303_000, '5 min 3 s'],
    [119_700, '2 min'],
    [3_600_000, '1 h'],
    [100_000_000, '1 d 4 h'],
  ])('%d ms', (value, told) => expect(text.duration(value)).toBe(told));

  it('moments seen from now', () => {
    expect(text.ago(1_000, 1_500)).toBe('just now');
    expect(text.ago(0, 90_000)).toBe('2 min ago');
    expect(text.ago(7_200_000, 0)).toBe('in 2 h');
    expect(text.ago(0, 10 * 86_400_000)).toBe('10 d ago');
  });

  it('one and many', () => {
    expect([text.plural(1, 'session'), text.plural(0, 'session'), text.plural(2, 'delivery', 'deliveries')]).toEqual([
      '1 session',
      '0 sessions',
      '2 deliveries',
    ]);
  });
});

describe('addresses of views', () => {
  it('are read as they were written, whatever names they hold', () => {
    const href = hrefOf('find', ['topic', 'a/b?c#d é'], { q: 'x&y', none: undefined, empty: '' });
    expect(parseRoute(href)).toEqual({ view: 'find', parts: ['topic', 'a/b?c#d é'], query: { q: 'x&y' } });
  });

  it('are read even where somebody mistyped them', () => {
    expect(parseRoute('')).toEqual({ view: '', parts: [], query: {} });
    expect(parseRoute('#/find//%zz')).toEqual({ view: 'find', parts: ['%zz'], query: {} });
  });
});
