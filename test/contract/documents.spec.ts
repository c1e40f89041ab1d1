import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { configGroups } from '../../src/config/config.schema.js';
import { variableOf } from '../../src/config/config.js';
import { ERRORS } from '../../src/contract/postrider-error.js';
import { CLIENT_DATA } from '../../src/contract/client-frames.js';
import { CLOSE_CODES } from '../../src/contract/close-codes.js';
import { SERVER_DATA } from '../../src/contract/server-frames.js';
import { LIMITS } from '../../src/observability/metrics.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const filesIn = (folder: string, end: string): string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(end) && !file.endsWith('.spec.ts') && !file.includes('node_modules'))
    .map((file) => join(folder, file));

const matchesIn = (text: string, pattern: RegExp): string[] =>
  [...text.matchAll(pattern)].map(([, found = '']) => found);
/** Returns the anchors of the headings, as GitHub makes them. */
const sectionsOf = (text: string): Set<string> =>
  new Set(
    matchesIn(text, /^#+ (.+)$/gm).map((title) =>
      title
        .toLowerCase()
        .replace(/[^\w -]/g, '')
        .replaceAll(' ', '-'),
    ),
  );
const unique = (words: readonly string[]): string[] => [...new Set(words)].toSorted();

const OF_THE_ROOT = ['README.md', 'SECURITY.md', 'CHANGELOG.md', 'CONTRIBUTING.md'];
const DOCUMENTS = [...filesIn('docs', '.md'), ...filesIn('examples', '.md'), ...OF_THE_ROOT];

describe('the documents', () => {
  it.each(DOCUMENTS)('%s links to what is there', (path) => {
    const links = matchesIn(read(path), /\]\((?!https?:|#)([^)#]+)/g);
    expect(links.filter((link) => !existsSync(join(ROOT, path, '..', link)))).toEqual([]);
  });

  it.each(DOCUMENTS)('%s links to sections that exist', (path) => {
    const links = [...read(path).matchAll(/\]\((?!https?:)([^)#]*)#([^)]+)\)/g)];
    const broken = links.filter(([, file = '', section = '']) => {
      const target = file === '' ? path : join(path, '..', file);
      return target.endsWith('.md') && !sectionsOf(read(target)).has(section);
    });
    expect(broken.map(([link]) => link)).toEqual([]);
  });

  it.each(DOCUMENTS)('%s names files that are there', (path) => {
    const named = matchesIn(
      read(path),
      /`((?:src|test|examples|docs|scripts|bench|[a-z]+)\/[a-z0-9./-]+\.(?:ts|lua|mjs|md))`/g,
    );
    expect(named.filter((file) => !existsSync(join(ROOT, file)) && !existsSync(join(ROOT, 'src', file)))).toEqual([]);
  });
});

describe('docs/architecture.md', () => {
  it('has the table of folders that is checked', () => {
    const rows = [...read('docs/architecture.md').matchAll(/^\| `([a-z]+)` +\| .+ \| ([a-z., –]+?) +\|$/gm)];
    const table = rows.map(([, folder = '', allowed = '']) => [folder, allowed === '–' ? [] : allowed.split(', ')]);
    expect(Object.fromEntries(table)).toEqual(JSON.parse(read('scripts/lib/boundaries.json')));
    const folders = readdirSync(join(ROOT, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(table.map(([folder]) => folder).toSorted()).toEqual(folders.map(({ name }) => name).toSorted());
  });
});

describe('docs/protocol.md', () => {
  const text = read('docs/protocol.md');
  const [, ofClient = '', ofServer = ''] = text.split(/^### From the (?:client|server)$/m);
  const eventsOf = (table: string): string[] =>
    matchesIn(table, /^\| (`[^|]+`) +\|/gm).flatMap((cell) => matchesIn(cell, /`([a-z]+)`/g));

  it('has every event that a client may send', () => {
    expect(unique(eventsOf(ofClient))).toEqual(unique(Object.keys(CLIENT_DATA)));
  });

  it('has every event that the server sends', () => {
    const [table = ''] = ofServer.split(/^## /m);
    expect(unique(eventsOf(table))).toEqual(unique(Object.keys(SERVER_DATA)));
  });

  it('has every close code', () => {
    const [, section = ''] = text.split('## Close codes');
    const told = matchesIn(section, /^\| ([0-9, ]+?) +\|/gm).flatMap((cell) => cell.split(', '));
    expect(unique(told)).toEqual(unique(Object.keys(CLOSE_CODES)));
  });

  it('names error codes that exist', () => {
    const [, codes = ''] = text.split('Error codes are');
    const named = matchesIn(codes.split('\n\n')[0] ?? '', /`([a-z_]+)`/g);
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((code) => !Object.hasOwn(ERRORS, code))).toEqual([]);
  });
});

describe('docs/limits.md', () => {
  it('has every setting of the group, and every word that is counted', () => {
    const text = read('docs/limits.md');
    expect(Object.keys(configGroups.Limits).filter((field) => !text.includes(variableOf(field)))).toEqual([]);
    expect(unique(matchesIn(text, /\| `([a-z_]+)` +\|$/gm))).toEqual(unique(LIMITS));
  });
});

describe('docs/security.md', () => {
  it('names tests that are there', () => {
    const cells = [...read('docs/security.md').matchAll(/`((?:test|src)\/[^`]+\.spec\.ts)`: ((?:_[^_]+_(?:, )?)+)/g)];
    const named = cells.flatMap(([, file = '', names = '']) =>
      matchesIn(names, /_([^_]+)_/g).map((name) => [file, name]),
    );
    expect(named.length).toBeGreaterThan(30);
    const gone = named.filter(([file = '', name = '']) => !read(file).includes(`'${name}'`));
    expect(gone).toEqual([]);
  });
});

describe('docs/extending.md', () => {
  const text = read('docs/extending.md');

  it('has every port, its file, its contract and its example', () => {
    const ports = filesIn('src', '.port.ts').flatMap((file) => matchesIn(read(file), /^export abstract class (\w+)/gm));
    expect(unique(matchesIn(text, /^## `(\w+)`/gm))).toEqual(unique(ports));
    const contracts = filesIn('src/testing', '-contract.ts').flatMap((file) =>
      matchesIn(read(file), /^export function (\w+Contract)/gm),
    );
    expect(contracts.length).toBeGreaterThan(0);
    for (const name of contracts) expect(text).toContain(`\`${name}\``);
    const examples = readdirSync(join(ROOT, 'examples'), { withFileTypes: true }).filter((entry) =>
      entry.isDirectory(),
    );
    // Two examples show the client SDK and are in its document.
    const ofPorts = examples.map(({ name }) => name).filter((name) => name !== 'react' && name !== 'html');
    for (const name of ofPorts) expect(text).toContain(`../examples/${name}`);
  });

  it('names what the package exports', () => {
    const exported = matchesIn(read('src/index.ts'), /^export (?:type )?\{([^}]+)\}/gm)
      .flatMap((names) => names.split(','))
      .map((name) => name.replace('type ', '').split(' as ').at(-1)?.trim() ?? '');
    expect(exported.filter((name) => name !== '' && !text.includes(name))).toEqual([]);
  });
});
