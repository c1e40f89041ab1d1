import { join } from 'node:path';
import { ensureBuild } from './build.mjs';
import { ensureDependencies } from './deps.mjs';
import { withLock } from './lock.mjs';
import { CACHE_DIR } from './paths.mjs';

/**
 * Brings the dependencies and the build up to date. Concurrent scripts take turns.
 * @param {{ log: (line: string) => void, signal: AbortSignal, build?: boolean }} options
 */
export async function prepare({ log, signal, build = true }) {
  await withLock(join(CACHE_DIR, 'prepare.lock'), signal, async () => {
    await ensureDependencies(log, signal);
    if (build) await ensureBuild(log, signal);
  });
}
