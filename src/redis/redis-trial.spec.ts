import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const TRIAL = 'src/redis/lua/trial.lua';

function textsIn(folder: string, extension: string): string[] {
  return readdirSync(ROOT + folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(extension))
    .map((file) => `${folder}/${file}`)
    .filter((file) => file !== TRIAL)
    .map((file) => readFileSync(ROOT + file, 'utf8'));
}

const namesIn = (texts: readonly string[], pattern: RegExp): string[] =>
  texts.flatMap((text) => [...text.matchAll(pattern)].map(([, name = '']) => name.toLowerCase()));

describe('the trial', () => {
  const tried = new Set(namesIn([readFileSync(ROOT + TRIAL, 'utf8')], /\{ '(\w+)'/g));

  it.each([
    ['Postrider', namesIn(textsIn('src', '.lua'), /redis\.p?call\('(\w+)'/g)],
    ['BullMQ', namesIn(textsIn('node_modules/bullmq/dist/cjs/scripts', '.js'), /\b(?:rcall|redis\.call)\("(\w+)"/g)],
  ])('runs every command that the scripts of %s use', (_, used) => {
    expect(used.length).toBeGreaterThan(100);
    expect([...new Set(used)].filter((name) => !tried.has(name))).toEqual([]);
  });
});
