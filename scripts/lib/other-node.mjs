import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withLock } from './lock.mjs';
import { CACHE_DIR } from './paths.mjs';
import { capture, isExecutable, tail } from './process.mjs';
import { SetupError } from './setup-error.mjs';

/**
 * Installs another major version of Node into the cache, once. As a dependency, it would shadow the
 * `node` that runs this script.
 * @param {number} major
 * @param {{ log: (line: string) => void, signal?: AbortSignal }} context
 * @returns the path of its program
 * @throws {SetupError} if npm cannot install it
 */
export async function otherNode(major, { log, signal }) {
  const folder = join(CACHE_DIR, `node-${major}`);
  const program = join(folder, 'node_modules/node/bin/node');
  await withLock(`${folder}.lock`, signal, async () => {
    if (isExecutable(program)) return;
    log(`Installing Node ${major} …`);
    mkdirSync(folder, { recursive: true });
    // Without its own package.json, npm would install into the project's folder.
    writeFileSync(join(folder, 'package.json'), '{"private":true}\n');
    const args = ['install', `node@${major}`, '--prefix', folder, '--no-audit', '--no-fund', '--ignore-scripts=false'];
    const { code, output } = await capture('npm', args, { cwd: folder, signal });
    if (code !== 0 || !isExecutable(program)) throw new SetupError(`Node ${major} was not installed:\n${tail(output)}`);
  });
  return program;
}
