import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Argument of a script, apart from its keys. */
export type ScriptArgument = string | number;

const INCLUDE = /^-- @include ((?:[a-z]+\/)?[a-z-]+)\n/gm;
const SHARED = new URL('./lua/include/', import.meta.url);

/** Lua script with named arguments and one reader for its reply. */
export interface Script<Given, Read> {
  readonly source: string;
  readonly sha: string;
  /** Puts the arguments in order. */
  write(given: Given): readonly ScriptArgument[];
  /** Parses the reply. */
  read(reply: unknown): Read;
}

/** Script with any arguments and reply. */
export type AnyScript = Pick<Script<never, unknown>, 'source' | 'sha'>;

/**
 * Defines the scripts in the folder `lua` beside their owner. Their keys are prefixes of
 * partitions; all keys that a script touches begin with one of them and so share its slot.
 *
 * A line `-- @include <name>` prepends `include/<name>.lua` once, from the folder of the script or
 * from that of the Redis module; `<module>/<name>` names another module.
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

/** @param known includes that are already prepended. */
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
  const [own = '', module] = name.split('/').toReversed();
  if (module !== undefined) return new URL(`../${module}/lua/include/${own}.lua`, import.meta.url);
  const folder = file.pathname.includes('/include/') ? '.' : './include';
  const beside = new URL(`${folder}/${name}.lua`, file);
  return existsSync(fileURLToPath(beside)) ? beside : new URL(`${name}.lua`, SHARED);
}
