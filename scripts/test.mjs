// `npm test [-- pattern …]`: sets up what is missing, runs every kind of test against its own Redis
// and ends with the line `N passed, N failed`. `--node 22,24` runs it under these versions of Node
// instead, one after the other.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findChromium } from './lib/chromium.mjs';
import { listTests, runTests } from './lib/jest.mjs';
import { findNginx } from './lib/nginx.mjs';
import { requireNode } from './lib/node.mjs';
import { otherNode } from './lib/other-node.mjs';
import { findPrometheus } from './lib/prometheus.mjs';
import { prepare } from './lib/prepare.mjs';
import { exitOf } from './lib/process.mjs';
import { findRedis } from './lib/redis.mjs';
import { RedisServer } from './lib/redis-server.mjs';
import { describeError, SetupError } from './lib/setup-error.mjs';
import { stopSignal } from './lib/signals.mjs';

/** Tests that spawn servers or browsers, for which there must be a build. */
const WITH_SERVERS = /[\\/]test[\\/](e2e|browser|fault|fuzz|attack|package)[\\/]/;
/** Most of them wait for servers, so one more than there are processors. */
const WORKERS = availableParallelism() + 1;
const BROWSER = /[\\/]test[\\/]browser[\\/]/;
const POST_QUANTUM = /[\\/]tls-post-quantum\.spec\.ts$/;
const NGINX = /[\\/]nginx-[a-z-]+\.spec\.ts$/;
const PROMETHEUS = /[\\/]prometheus-[a-z-]+\.spec\.ts$/;

const log = (line) => console.log(line);
const signal = stopSignal();
const folder = mkdtempSync(join(tmpdir(), 'postrider-test-'));
try {
  process.exitCode = await test(process.argv.slice(2));
} catch (error) {
  if (!signal.aborted) console.error(describeError(error));
  process.exitCode = signal.aborted ? 130 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function test(args) {
  requireNode();
  const named = args.indexOf('--node');
  if (named >= 0) return testUnder((args[named + 1] ?? '').split(','), args.toSpliced(named, 2));
  await prepare({ log, signal, build: false });
  const way = await findRedis(log, signal);
  const redis = new RedisServer({ way, dir: join(folder, 'redis'), durable: false, log });
  await redis.start();
  try {
    const env = { ...process.env, TEST_REDIS_URL: redis.url };
    if (way.kind === 'binary') env.REDIS_SERVER_BIN = way.path;
    return report(await runAll(args, env));
  } finally {
    await redis.stop();
  }
}

/** Runs this script under each of the versions, so that all its children use them too. */
async function testUnder(majors, args) {
  let worst = 0;
  for (const major of majors) {
    if (!/^\d+$/.test(major)) throw new SetupError(`--node wants versions such as 22,24, not ${major || 'nothing'}.`);
    const node = await otherNode(Number(major), { log, signal });
    log(`Node ${major}:`);
    const PATH = [dirname(node), process.env.PATH].join(delimiter);
    const child = spawn(node, [fileURLToPath(import.meta.url), ...args], {
      env: { ...process.env, PATH },
      stdio: 'inherit',
    });
    const abort = () => child.kill('SIGTERM');
    signal.addEventListener('abort', abort);
    const { code } = await exitOf(child);
    signal.removeEventListener('abort', abort);
    signal.throwIfAborted();
    worst = Math.max(worst, code ?? 1);
  }
  return worst;
}

async function runAll(args, env) {
  const options = args.filter((arg) => arg.startsWith('-'));
  const patterns = args.filter((arg) => !arg.startsWith('-'));
  const files = await listTests(patterns, { env, signal });
  const withBrowser = await withoutBrowserTestsUnlessPossible(files, env);
  const withNode = await withoutPostQuantumTestsUnlessPossible(withBrowser, env);
  const runnable = withoutPrometheusTestsUnlessPossible(withoutNginxTestsUnlessPossible(withNode, env), env);
  if (runnable.some((file) => WITH_SERVERS.test(file))) await prepare({ log, signal });
  const report = join(folder, 'report.json');
  return runTests(runnable, [`--maxWorkers=${WORKERS}`, ...options], { env, signal, report });
}

async function withoutBrowserTestsUnlessPossible(files, env) {
  if (!files.some((file) => BROWSER.test(file))) return files;
  env.CHROMIUM_BIN = await findChromium(log, signal);
  if (env.CHROMIUM_BIN !== undefined) return files;
  log('No Chromium here: the browser tests do not run. Install one or name its program in CHROMIUM_BIN.');
  return files.filter((file) => !BROWSER.test(file));
}

async function withoutPostQuantumTestsUnlessPossible(files, env) {
  if (!files.some((file) => POST_QUANTUM.test(file))) return files;
  try {
    env.TEST_NODE_24 ??= await otherNode(24, { log, signal });
    return files;
  } catch (error) {
    signal.throwIfAborted();
    log(`${describeError(error)}\nThe tests of post-quantum TLS do not run. Name its program in TEST_NODE_24.`);
    return files.filter((file) => !POST_QUANTUM.test(file));
  }
}

function withoutNginxTestsUnlessPossible(files, env) {
  if (!files.some((file) => NGINX.test(file))) return files;
  env.NGINX_BIN = findNginx();
  if (env.NGINX_BIN !== undefined) return files;
  log('No nginx here: its tests do not run. Install one or name its program in NGINX_BIN.');
  return files.filter((file) => !NGINX.test(file));
}

function withoutPrometheusTestsUnlessPossible(files, env) {
  if (!files.some((file) => PROMETHEUS.test(file))) return files;
  env.PROMETHEUS_BIN = findPrometheus('prometheus');
  env.PROMTOOL_BIN = findPrometheus('promtool');
  if (env.PROMETHEUS_BIN !== undefined && env.PROMTOOL_BIN !== undefined) return files;
  log(
    'No Prometheus here: its tests do not run. Install one, or name its programs in PROMETHEUS_BIN and PROMTOOL_BIN.',
  );
  return files.filter((file) => !PROMETHEUS.test(file));
}

function report({ passed, failed, failures }) {
  if (failed > 0) log(`\nFailed:\n${failures.map((title) => `  ${title}`).join('\n')}\n`);
  if (passed + failed === 0) console.error('No test ran.');
  log(`${passed} passed, ${failed} failed`);
  return passed > 0 && failed === 0 ? 0 : 1;
}
