import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** An argument of a script, beside its keys. */
export type ScriptArgument = string | number;

const INCLUDE = /^-- @include ([a-z-]+)\n/gm;
const SHARED = new URL('./lua/include/', import.meta.url);

/** A Lua script as its callers see it: arguments by name, and a reply that is read in one place. */
export interface Script<Given, Read> {
  readonly source: string;
  readonly sha: string;
  /** Puts the arguments into their order. */
  write(given: Given): readonly ScriptArgument[];
  /** What the reply says. */
  read(reply: unknown): Read;
}

/** A script whatever its arguments and its reply are. */
export type AnyScript = Pick<Script<never, unknown>, 'source' | 'sha'>;

/**
 * Defines scripts in the folder `lua` beside their owner. Their keys are prefixes of partitions; the keys that they touch all
 * begin with one of them, and so share its slot.
 *
 * A line `-- @include <name>` puts `include/<name>.lua` before the script, once, from the folder of the script or from that of
 * the Redis module.
 * @param owner its `import.meta.url`.
 */
export const scriptsOf =
  (owner: string) =>
  <Given, Read>(
    name: string,
    write: Script<Given, Read>['write'],
    read: Script<Given, Read>['read'],
  ): Script<Given, Read> => {
    const source = withIncludes(new URL(`./lua/${name}.lua`, owner), new Set());
    return { source, sha: createHash('sha1').update(source).digest('hex'), write, read };
  };

/** @param known includes that stand before it already. */
function withIncludes(file: URL, known: Set<string>): string {
  const text = readFileSync(fileURLToPath(file), 'utf8');
  let before = '';
  for (const [, name = ''] of text.matchAll(INCLUDE)) {
    const include = placeOf(name, file);
    if (known.has(include.href)) continue;
    known.add(include.href);
    before += `${withIncludes(include, known)}\n`;
  }
  return before + text.replaceAll(INCLUDE, '');
}

function placeOf(name: string, file: URL): URL {
  const folder = file.pathname.includes('/include/') ? '.' : './include';
  const beside = new URL(`${folder}/${name}.lua`, file);
  return existsSync(fileURLToPath(beside)) ? beside : new URL(`${name}.lua`, SHARED);
}
