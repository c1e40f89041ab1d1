import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { brokenBy } from './report.js';

const rows = readdirSync(new URL('rows/', import.meta.url)).toSorted();
const document = readFileSync(new URL('../../docs/fault-matrix.md', import.meta.url), 'utf8');

describe('the fault matrix', () => {
  it('has a file for each number, repeated by the row in it', () => {
    const numbers = rows.map((name) => Number(/^(\d\d)-[a-z-]+\.ts$/.exec(name)?.[1]));
    expect(numbers).toEqual(Array.from({ length: rows.length }, (_, index) => index + 1));
    for (const [index, name] of rows.entries()) {
      const text = readFileSync(new URL(`rows/${name}`, import.meta.url), 'utf8');
      expect(text).toContain(`\n  number: ${numbers[index]},\n`);
    }
  });

  it('is documented row by row', () => {
    const documented = [...document.matchAll(/^\| (\d+) +\|/gm)].map(([, number]) => Number(number));
    expect(documented).toEqual(rows.map((_, index) => index + 1));
  });
});

describe('a judgement', () => {
  const kept = { lost: [], phantom: [], duplicates: [], disorder: [], untold: [], balance: [] };
  const counts = { accepted: 1, duplicatesOnWire: 1, recovered: 1, pending: 0 };

  it('finds nothing broken if every list is empty', () => {
    expect(brokenBy({ ...kept, ...counts })).toEqual([]);
  });

  it.each(Object.keys(kept))('finds a promise broken by anything %s', (kind) => {
    const lines = Array.from({ length: 7 }, (_, index) => `line ${index}`);
    const [broken, ...others] = brokenBy({ ...kept, ...counts, [kind]: lines });
    expect(others).toEqual([]);
    expect(broken).toMatch(/^7 .*: line 0; line 1; line 2; line 3; line 4$/);
  });
});
