import { readFile, writeFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { REST_CALLS } from './rest.calls.js';
import { restDocument } from './rest.document.js';

const DOCUMENT = new URL('../../docs/rest-api.md', import.meta.url);

describe('docs/rest-api.md', () => {
  beforeAll(async () => {
    if (process.env['UPDATE_DOCS'] === '1') await writeFile(DOCUMENT, restDocument());
  });

  it('is what the schemas say (UPDATE_DOCS=1 writes it anew)', async () => {
    expect(await readFile(DOCUMENT, 'utf8')).toBe(restDocument());
  });

  it.each(REST_CALLS)('shows a request that $method $path takes', ({ path, example, query, body }) => {
    const [asked = '', search] = example.split('?');
    expect(asked).toMatch(new RegExp(`^${path.replaceAll(/:[a-z]+/g, '[^/]+')}$`));
    if (query) query.parse(Object.fromEntries(new URLSearchParams(search)));
    else expect(search).toBeUndefined();
    if (body) expect(body.schema.parse(body.example)).toEqual(body.example);
  });

  it.each(REST_CALLS)('shows an answer as $method $path gives it', ({ answer }) => {
    expect(answer.schema.parse(answer.example)).toEqual(answer.example);
  });
});
