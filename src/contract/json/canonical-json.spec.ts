import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { canonicalJson, canonicalText } from './canonical-json.js';

/** The same value with its keys reordered, white space added and every character escaped. */
function otherwise(value: unknown): string {
  if (Array.isArray(value)) return `[ ${value.map(otherwise).join(' ,\n')} ]`;
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).toReversed();
    return `{\t${members.map(([key, member]) => `${escaped(key)} : ${otherwise(member)}`).join(' , ')}}`;
  }
  return typeof value === 'string' ? escaped(value) : JSON.stringify(value);
}
const escaped = (text: string): string =>
  `"${Array.from({ length: text.length }, (_, at) => `\\u${text.charCodeAt(at).toString(16).padStart(4, '0')}`).join('')}"`;

const digits = fc.stringMatching(/^[1-9]\d{0,30}$/);

describe('canonicalText', () => {
  it('is the same for every spelling of a value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalText(JSON.stringify(value));
        expect(canonicalText(otherwise(value))).toBe(text);
        expect(canonicalJson(value)).toBe(text);
      }),
    );
  });

  it('differs for different values', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
        const isSame = canonicalText(JSON.stringify(one)) === canonicalText(JSON.stringify(other));
        expect(isSame).toBe(canonicalText(otherwise(one)) === canonicalText(otherwise(other)));
        if (isSame) expect(JSON.parse(JSON.stringify(one))).toEqual(JSON.parse(JSON.stringify(other)));
      }),
    );
  });

  it('distinguishes numbers by their significant digits only', () => {
    fc.assert(
      fc.property(digits, fc.nat(40), (number, zeros) => {
        const nought = '0'.repeat(zeros);
        const same = [`${number}${nought}`, `${number}e${zeros}`, `${number}E+0${zeros}`, `${number}${nought}.0`];
        expect(new Set(same.map(canonicalText)).size).toBe(1);
        expect(canonicalText(`${BigInt(number) + 1n}${nought}`)).not.toBe(canonicalText(`${number}${nought}`));
        expect(canonicalText(`-${number}`)).not.toBe(canonicalText(number));
      }),
    );
  });
});
