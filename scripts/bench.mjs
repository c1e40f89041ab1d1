// `npm run bench [-- options]`: builds what is stale, and runs the benchmark (docs/benchmark.md).
import { spawn } from 'node:child_process';
import { join } from 'node:path';
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
  process.exitCode = await bench(process.argv.slice(2));
} catch (error) {
  if (!signal.aborted) console.error(describeError(error));
  process.exitCode = signal.aborted ? 130 : 1;
}

async function bench(args) {
  requireNode();
  await prepare({ log, signal });
  const way = await findRedis(log, signal);
  const runner = spawn(process.execPath, ['--import', 'tsx', join(ROOT, 'bench/bench.ts'), ...args], {
    cwd: ROOT,
    env: { ...process.env, ...(way.kind === 'binary' && { REDIS_SERVER_BIN: way.path }) },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const abort = () => runner.kill('SIGTERM');
  signal.addEventListener('abort', abort);
  const { code } = await exitOf(runner);
  signal.removeEventListener('abort', abort);
  return code ?? 130;
}
