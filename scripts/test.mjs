// `npm test [-- pattern … | option …]`: sets up what is missing, runs the specs whose path matches,
// and ends with the line `N passed, N failed`. `-t <title>` picks tests by title. `--node 22,24`
// runs everything under these versions of Node.
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runSpecs } from './lib/jest.mjs';
import { main } from './lib/main.mjs';
import { requireNode } from './lib/node.mjs';
import { otherNode } from './lib/other-node.mjs';
import { prepare } from './lib/prepare.mjs';
import { runChild } from './lib/process.mjs';
import { findRedis } from './lib/redis.mjs';
import { RedisServer } from './lib/redis-server.mjs';
import { SetupError } from './lib/setup-error.mjs';
import { listSpecs } from './lib/specs.mjs';
import { findTools } from './lib/test-tools.mjs';

/** Specs that start servers, which must be built first. */
const NEED_BUILD = /^test[\\/](e2e|browser|fault|fuzz|attack|package)[\\/]/;
/** Specs that need a Redis. */
const NEED_REDIS = /^test[\\/]/;
/** One more than there are processors, because most specs wait for servers. */
const WORKERS = availableParallelism() + 1;

await main(async ({ args, log, signal }) => {
  requireNode();
  const node = args.indexOf('--node');
  if (node >= 0) return testUnder((args[node + 1] ?? '').split(','), args.toSpliced(node, 2));
  const { patterns, options } = sorted(args);
  const folder = mkdtempSync(join(tmpdir(), 'postrider-test-'));
  try {
    await prepare({ log, signal, build: false });
    const { runnable, env, skipped } = await findTools(listSpecs(patterns), { log, signal });
    if (runnable.some((spec) => NEED_BUILD.test(spec))) await prepare({ log, signal });
    const results = await withRedis(runnable, folder, (redisEnv) =>
      runSpecs(runnable, [`--maxWorkers=${WORKERS}`, ...options], {
        env: { ...process.env, ...redisEnv, ...env },
        signal,
        report: join(folder, 'report.json'),
      }),
    );
    return report(results, skipped);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }

  /**
   * Runs `work` with the variables of a separate Redis, if the specs need one.
   * @template T
   * @param {readonly string[]} specs
   * @param {string} folder
   * @param {(env: Record<string, string>) => Promise<T>} work
   */
  async function withRedis(specs, folder, work) {
    if (!specs.some((spec) => NEED_REDIS.test(spec))) return work({});
    const way = await findRedis(log, signal);
    const redis = new RedisServer({ way, dir: join(folder, 'redis'), durable: false, log });
    await redis.start();
    try {
      return await work({ TEST_REDIS_URL: redis.url, ...(way.kind === 'binary' && { REDIS_SERVER_BIN: way.path }) });
    } finally {
      await redis.stop();
    }
  }

  /**
   * Runs this script under each version, so that everything it starts runs under it as well.
   * @param {readonly string[]} majors
   * @param {readonly string[]} rest
   */
  async function testUnder(majors, rest) {
    let worst = 0;
    for (const major of majors) {
      if (!/^\d+$/.test(major)) throw new SetupError(`--node needs versions such as 22,24, not ${major || 'nothing'}.`);
      const program = await otherNode(Number(major), { log, signal });
      log(`Node ${major}:`);
      const PATH = [dirname(program), process.env.PATH].join(delimiter);
      const script = fileURLToPath(import.meta.url);
      const code = await runChild(program, [script, ...rest], { env: { ...process.env, PATH }, signal });
      signal.throwIfAborted();
      worst = Math.max(worst, code);
    }
    return worst;
  }

  /**
   * @param {Awaited<ReturnType<typeof runSpecs>>} results
   * @param {Awaited<ReturnType<typeof findTools>>['skipped']} skipped
   */
  function report({ passed, failed, failures }, skipped) {
    if (failed > 0) log(`\nFailed:\n${failures.map((title) => `  ${title}`).join('\n')}`);
    if (passed + failed === 0) console.error('No test ran.');
    if (skipped.length > 0) log('\nSkipped:');
    for (const { specs, reason } of skipped) log(`  ${reason}:\n${specs.map((spec) => `    ${spec}`).join('\n')}`);
    log(`\n${passed} passed, ${failed} failed`);
    return passed > 0 && failed === 0 ? 0 : 1;
  }
});

/** Separates patterns of paths from options of Jest. @param {readonly string[]} args */
function sorted(args) {
  /** @type {string[]} */
  const patterns = [];
  /** @type {string[]} */
  const options = [];
  for (const [index, arg] of args.entries()) {
    if (args[index - 1] === '-t') options.push(arg);
    else (arg.startsWith('-') ? options : patterns).push(arg);
  }
  return { patterns, options };
}
