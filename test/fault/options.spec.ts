import { describe, expect, it } from '@jest/globals';
import { UsageError } from '../support/usage-error.js';
import { readOptions } from './options.js';

describe('the options of a fault run', () => {
  it('select every row once with seed 1 by default', () => {
    expect(readOptions([])).toEqual({ rows: [], seeds: [1], ci: false, list: false, keep: false, minutes: 60 });
  });

  it('accept several rows and seeds, with commas or one by one', () => {
    const { rows, seeds } = readOptions(['--row', '3,5', '--row', '9', '--seed', '1,2']);
    expect({ rows, seeds }).toEqual({ rows: [3, 5, 9], seeds: [1, 2] });
  });

  it.each([
    ['--row', 'three'],
    ['--seed', '1.5'],
    ['--minutes', '-1'],
    ['--confirm', 'replicated'],
    ['--redis', 'cluster'],
  ])('are refused by name if %s is %s', (option, value) => {
    expect(() => readOptions([`${option}=${value}`])).toThrow(UsageError);
    expect(() => readOptions([`${option}=${value}`])).toThrow(`${option} ${value}`);
  });

  it('are refused if there is no such option', () => {
    expect(() => readOptions(['--rows', '3'])).toThrow(UsageError);
  });
});
