import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { ERRORS } from '../../src/contract/postrider-error.js';

/** Refusals that only frames can get. */
const OF_FRAMES = new Set([
  'malformed_frame',
  'not_subscribed',
  'offset_above_head',
  'stale_epoch',
  'too_many_subscriptions',
  'unknown_event',
]);

const catalog = Object.keys(ERRORS).toSorted();

/** The members of a union of codes, sorted. */
function codesOf(file: string, type: string): string[] {
  const source = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
  const [, union = ''] = new RegExp(`type ${type} =([^;]+);`).exec(source) ?? [];
  return [...union.matchAll(/\| '(\w+)'/g)].map(([, code = '']) => code).toSorted();
}

describe('the error codes of the SDKs', () => {
  it('for clients are those of the server', () => {
    expect(codesOf('clients/js/src/errors.ts', 'ServerErrorCode')).toEqual(catalog);
  });

  it('for servers are those that REST answers with, and its own', () => {
    const own = ['network', 'timeout', 'bad_answer'];
    const expected = [...catalog.filter((code) => !OF_FRAMES.has(code)), ...own].toSorted();
    expect(codesOf('clients/node-server/src/error.ts', 'ErrorCode')).toEqual(expected);
  });
});
