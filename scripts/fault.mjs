// `npm run fault [-- options]`: builds what is stale, and runs the fault matrix
// (docs/fault-matrix.md).
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { findNginx } from './lib/nginx.mjs';
import { requireNode } from './lib/node.mjs';
import { ROOT } from './lib/paths.mjs';
import { prepare } from './lib/prepare.mjs';
import { exitOf } from './lib/process.mjs';
import { findRedis } from './lib/redis.mjs';
import { describeError } from './lib/setup-error.mjs';
import { stopSignal } from './lib/signals.mjs';

const log = (line) => console.log(line);
const signal = stopSignal();
try {
  process.exitCode = await fault(process.argv.slice(2));
} catch (error) {
  if (!signal.aborted) console.error(describeError(error));
  process.exitCode = signal.aborted ? 130 : 1;
}

async function fault(args) {
  requireNode();
  await prepare({ log, signal });
  const way = await findRedis(log, signal);
  const env = { ...process.env, ...(way.kind === 'binary' && { REDIS_SERVER_BIN: way.path }) };
  env.NGINX_BIN = findNginx();
  const rig = spawn(process.execPath, ['--import', 'tsx', join(ROOT, 'test/fault/fault.ts'), ...args], {
    cwd: ROOT,
    env,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const abort = () => rig.kill('SIGTERM');
  signal.addEventListener('abort', abort);
  const { code } = await exitOf(rig);
  signal.removeEventListener('abort', abort);
  return code ?? 130;
}
