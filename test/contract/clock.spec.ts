import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

/**
 * Calls that read the wall clock of the node, directly or inside a library without a clock option.
 */
const READS: Readonly<Record<string, RegExp>> = {
  'Date.now': /\bDate\.now\b/,
  'new Date()': /\bDate\(\s*\)/,
  'setIssuedAt()': /\.setIssuedAt\(\s*\)/,
  'setExpirationTime of a span': /\.setExpirationTime\(\s*['"`]/,
  'jwtVerify without currentDate': /\bjwtVerify\((?!(?:(?!;\n)[\s\S])*(?:currentDate|options))/,
  createRemoteJWKSet: /\bcreateRemoteJWKSet\b/,
};
/** Files that may read the wall clock. */
const MAY: ReadonlySet<string> = new Set(['clock/redis-clock.ts']);

/** Returns the code without comments, which may name forbidden calls. */
const codeOf = (text: string): string => text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');

/** Sources of the server. The contracts in `testing` run in the specs of teams. */
const SERVER_SOURCE = /^(?!testing\b).*(?<!\.spec)\.ts$/;

async function reads(): Promise<string[]> {
  const files = (await readdir('src', { recursive: true })).filter((file) => SERVER_SOURCE.test(file));
  const found = await Promise.all(
    files.map(async (file) => {
      const code = codeOf(await readFile(join('src', file), 'utf8'));
      return Object.entries(READS).flatMap(([name, reading]) => (reading.test(code) ? [`${file}: ${name}`] : []));
    }),
  );
  return found.flat();
}

describe('the server', () => {
  it('takes the time only from the clock of Redis', async () => {
    const found = await reads();
    expect(found.filter((one) => !MAY.has(one.split(':')[0] ?? ''))).toEqual([]);
    expect(found).toEqual(['clock/redis-clock.ts: Date.now']);
  });

  it.each([
    'const now = Date.now();',
    'const now = new Date();',
    'new SignJWT({}).setIssuedAt()',
    "token.setExpirationTime('1h')",
    'jwtVerify(token, key, { algorithms });\n',
    'createRemoteJWKSet(url)',
  ])('would be caught by: %s', (code) => {
    expect(Object.values(READS).some((reading) => reading.test(code))).toBe(true);
  });

  it.each([
    'new Date(ms)',
    'jwtVerify(token, key, { currentDate: new Date(ms) });\n',
    'jwtVerify(token, key, options)',
  ])('may: %s', (code) => expect(Object.values(READS).some((reading) => reading.test(code))).toBe(false));
});
