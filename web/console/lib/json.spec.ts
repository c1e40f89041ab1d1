import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { jsonFault } from './json.js';

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

describe('the fault of a text that should be JSON', () => {
  it.each([
    ['{"a": 1,\n "b" 2}', 2, 6, 'a colon is missing'],
    ['{\n  "a": 1\n  "b": 2\n}', 3, 3, 'a comma or "}" is missing'],
    ['[1, 2,]', 1, 7, 'a value is missing'],
    ['{"a": 1,}', 1, 9, 'a name in double quotes is missing'],
    ["{'a': 1}", 1, 2, 'a name in double quotes is missing'],
    ['{"a": nul}', 1, 7, 'a value is missing'],
    ['"never closed', 1, 1, 'the text in quotes is not valid or not closed'],
    ['1 2', 1, 3, 'nothing may follow here'],
    ['', 1, 1, 'the text ends where a value is missing'],
    ['{\n"a": [1', 2, 8, 'the text ends where a comma or "]" is missing'],
  ])('%j is told at line %d, column %d', (text, line, column, message) => {
    expect(jsonFault(text)).toEqual({ line, column, message });
  });

  it('is none for JSON of any kind', () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(4), (text, indent) => {
        const pretty = JSON.stringify(JSON.parse(text), null, indent);
        return jsonFault(text) === undefined && jsonFault(pretty) === undefined;
      }),
    );
  });

  it('is found exactly where the parser finds one, whatever was torn out of it', () => {
    fc.assert(
      fc.property(
        fc.json(),
        fc.nat(),
        fc.nat(3),
        fc.constantFrom('', ',', '}', '"', '0', ' '),
        (text, at, length, put) => {
          const start = at % (text.length + 1);
          const torn = text.slice(0, start) + put + text.slice(start + length);
          return (jsonFault(torn) === undefined) === parses(torn);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('bears any depth', () => {
    expect(jsonFault('['.repeat(100_000) + ']'.repeat(100_000))).toBeUndefined();
  });
});
