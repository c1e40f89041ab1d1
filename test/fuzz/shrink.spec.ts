import { describe, expect, it } from '@jest/globals';
import { shrink } from './shrink.js';
import type { Input } from './targets/target.js';

const inputs = (...texts: string[]): Input[] => texts.map((text) => ({ kind: 'message', bytes: Buffer.from(text) }));

describe('shrinking a failing case', () => {
  it('keeps only what the failure needs', async () => {
    const case_ = inputs('first', 'a lot of [text] around', 'between', 'and the {other} part', 'last');
    const fails = (candidate: readonly Input[]): Promise<boolean> => {
      const text = candidate.map(({ bytes }) => bytes.toString()).join(' ');
      return Promise.resolve(/\[.*\{/.test(text));
    };
    const smallest = await shrink(case_, fails);
    expect(smallest.map(({ bytes }) => bytes.toString())).toEqual(['[', '{']);
  });
});
