import { join } from 'node:path';
import { main } from './main.mjs';
import { findNginx } from './nginx.mjs';
import { requireNode } from './node.mjs';
import { ROOT } from './paths.mjs';
import { prepare } from './prepare.mjs';
import { runChild } from './process.mjs';
import { findRedis } from './redis.mjs';

/**
 * Builds what is stale and runs a TypeScript program of `test` or `bench` with the arguments of
 * this script.
 * @param {string} program path from the root
 */
export async function runRig(program) {
  await main(async ({ args, log, signal }) => {
    requireNode();
    await prepare({ log, signal });
    const way = await findRedis(log, signal);
    /** @type {NodeJS.ProcessEnv} */
    const env = { ...process.env, NGINX_BIN: findNginx() };
    if (way.kind === 'binary') env.REDIS_SERVER_BIN = way.path;
    return runChild(process.execPath, ['--import', 'tsx', join(ROOT, program), ...args], { cwd: ROOT, env, signal });
  });
}
