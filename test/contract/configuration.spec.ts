import { readFile, writeFile } from 'node:fs/promises';
import { parseEnv } from 'node:util';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { Config } from '../../src/config/config.js';
import { generatedFile } from '../support/generated-file.js';
import { configurationDocument, environmentExample } from './configuration-document.js';

const EXAMPLE = new URL('../../.env.example', import.meta.url);

describe('the documentation of the configuration', () => {
  beforeAll(async () => {
    if (process.env['UPDATE_DOCS'] === '1') await writeFile(EXAMPLE, environmentExample());
  });

  it('is what the schema says (UPDATE_DOCS=1 rewrites it)', async () => {
    const { is, shouldBe } = await generatedFile('docs/configuration.md', configurationDocument());
    expect(is).toBe(shouldBe);
  });

  it('has an example file that is what the schema says', async () => {
    expect(await readFile(EXAMPLE, 'utf8')).toBe(environmentExample());
  });

  it('has an example file with which a process starts once the secrets are filled in', async () => {
    const example = await readFile(EXAMPLE, 'utf8');
    expect(() => Config.from(parseEnv(example))).toThrow(/JWT_SECRET: is required\n.*API_KEYS: is required$/);
    const secrets = { API_KEYS: 'main:backend:0123456789abcdef', JWT_SECRET: '0123456789abcdef' };
    const everyLine = parseEnv(example.replaceAll(/^# ([A-Z_]+=)/gm, '$1'));
    expect(Config.from({ ...everyLine, ...secrets })).toEqual(Config.from({ ...parseEnv(example), ...secrets }));
  });
});
