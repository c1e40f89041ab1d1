import { describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const FOLDERS = ['src', 'clients', 'web', 'test', 'bench', 'scripts', 'examples'];
const MAX_COLUMNS = 100;
/** Lines that cannot be wrapped: directives of tools, and long URLs. */
const UNWRAPPED = /oxlint-|@ts-|https?:\/\/\S{60}/;
/** Clauses without a noun. A summary is a noun phrase, or a verb in the third person. */
const CLAUSE = /^(?:What|Whether|Whoever|Who|Whom|Whose|Of|That|Where)\b/;

interface Comment {
  /** Path and number of its first line. */
  readonly place: string;
  readonly isDoc: boolean;
  readonly lines: readonly string[];
}

const sources = execFileSync('git', ['ls-files', '-z', '--', ...FOLDERS], { cwd: ROOT, encoding: 'utf8' })
  .split('\0')
  .filter((path) => /\.(?:[mc]?[jt]sx?|lua)$/.test(path));

const comments = sources.flatMap((path) => commentsOf(path, readFileSync(ROOT + path, 'utf8').split('\n')));

/** Comments that begin their line; text behind code is left to the formatter. */
function commentsOf(path: string, lines: readonly string[]): Comment[] {
  const found: Comment[] = [];
  for (let at = 0; at < lines.length; at++) {
    const isDoc = /^\s*\/\*/.test(lines[at] ?? '');
    if (!isDoc && !/^\s*(?:\/\/|--)/.test(lines[at] ?? '')) continue;
    const end = isDoc
      ? Math.max(
          at,
          lines.findIndex((line, row) => row >= at && line.includes('*/')),
        )
      : at;
    found.push({ place: `${path}:${at + 1}`, isDoc, lines: lines.slice(at, end + 1) });
    at = end;
  }
  return found;
}

const summaryOf = ({ lines }: Comment): string =>
  lines
    .map((line) => line.replace(/^\s*(?:\/\*+|\*(?!\/))\s?/, ''))
    .join(' ')
    .trim();

describe('comments', () => {
  it('are found in every folder', () => {
    for (const folder of FOLDERS) expect(comments.some(({ place }) => place.startsWith(`${folder}/`))).toBe(true);
  });

  it(`wrap at ${MAX_COLUMNS} columns`, () => {
    const long = comments.filter(({ lines }) =>
      lines.some((line) => line.length > MAX_COLUMNS && !UNWRAPPED.test(line)),
    );
    expect(long.map(({ place }) => place)).toEqual([]);
  });

  it('begin with a noun phrase or a verb', () => {
    const clauses = comments.filter((comment) => comment.isDoc && CLAUSE.test(summaryOf(comment)));
    expect(clauses.map((comment) => `${comment.place} ${summaryOf(comment)}`)).toEqual([]);
  });
});
