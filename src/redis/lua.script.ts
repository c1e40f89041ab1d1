import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * A Lua script beside its owner: `new LuaScript(import.meta.url, './lua/append.lua', './lua/lib.lua')`.
 * Its one key is the prefix of a partition; the keys it touches all begin with it and so share a slot.
 */
export class LuaScript {
  readonly source: string;
  readonly sha: string;

  /** @param libraries files put before the script, in order. */
  constructor(owner: string, file: string, ...libraries: string[]) {
    const read = (path: string): string => readFileSync(fileURLToPath(new URL(path, owner)), 'utf8');
    this.source = [...libraries, file].map(read).join('\n');
    this.sha = createHash('sha1').update(this.source).digest('hex');
  }
}
