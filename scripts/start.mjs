// `npm start`: sets up what is missing and runs the server with its own Redis. `--watch` rebuilds
// on change.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { developmentKeys, requireProductionKeys } from './lib/keys.mjs';
import { tryLock } from './lib/lock.mjs';
import { requireNode } from './lib/node.mjs';
import { DATA_DIR, IS_CHECKOUT } from './lib/paths.mjs';
import { freePort, requirePort } from './lib/port.mjs';
import { findRedis } from './lib/redis.mjs';
import { RedisServer } from './lib/redis-server.mjs';
import { ServerProcess } from './lib/server.mjs';
import { describeError, SetupError } from './lib/setup-error.mjs';
import { aborted, stopSignal } from './lib/signals.mjs';
import { addressOf, summary } from './lib/summary.mjs';

const startedAt = performance.now();
const watch = process.argv.includes('--watch');
/** @param {string} line */
const log = (line) => console.log(line);

/** @type {ServerProcess | undefined} */
let server;
const signal = stopSignal(() => server?.kill());
try {
  process.exitCode = await start();
} catch (error) {
  if (!signal.aborted) console.error(describeError(error));
  process.exitCode = signal.aborted ? 0 : 1;
}

async function start() {
  requireNode();
  const production = process.env.NODE_ENV === 'production';
  if (production) requireProductionKeys(process.env);
  const lock = tryLock(join(DATA_DIR, 'start.lock'));
  if (lock.holder !== undefined) {
    throw new SetupError(
      `Postrider already runs on ${DATA_DIR} (process ${lock.holder}). End it first with Ctrl-C in its terminal, or set POSTRIDER_DATA_DIR and PORT for a second one.`,
    );
  }
  let stopPages;
  try {
    const host = process.env.HOST || '0.0.0.0';
    const port = await choosePort(host);
    if (IS_CHECKOUT) await prepare();
    if (watch) stopPages = await buildAndWatchPages();
    return production ? await run({ ...process.env, PORT: String(port) }, host) : await runForDevelopment(host, port);
  } finally {
    await stopPages?.();
    lock.release();
  }
}

async function prepare() {
  const { prepare } = await import('./lib/prepare.mjs');
  await prepare({ log, signal, build: !watch });
}

/** Builds and watches the pages, because the Nest CLI only watches the server. */
async function buildAndWatchPages() {
  const { buildPages, watchPages } = await import('./lib/build.mjs');
  log('Building the pages …');
  await buildPages(signal);
  return watchPages();
}

/** @param {string} host @param {number} port */
async function runForDevelopment(host, port) {
  mkdirSync(DATA_DIR, { recursive: true, mode: 0o700 });
  const keys = developmentKeys(DATA_DIR, process.env);
  /** @type {NodeJS.ProcessEnv} */
  const env = {
    NODE_ENV: 'development',
    ...process.env,
    PORT: String(port),
    API_KEYS: keys.apiKeys,
    ADMIN_KEYS: keys.adminKeys,
    JWT_SECRET: keys.jwtSecret,
  };
  if (env.REDIS_URL) return run(env, host, keys);
  const way = await findRedis(log, signal);
  const redis = new RedisServer({ way, dir: join(DATA_DIR, 'redis'), durable: true, log });
  await redis.start();
  try {
    return await run({ ...env, REDIS_URL: redis.url }, host, keys, redis.failed);
  } finally {
    await redis.stop();
  }
}

/**
 * Runs the server until it exits, a signal arrives, or Redis is lost.
 * @param {NodeJS.ProcessEnv} env
 * @param {string} host
 * @param {ReturnType<typeof developmentKeys>} [keys]
 * @param {Promise<unknown>} [redisFailed]
 * @returns its exit code
 */
async function run(env, host, keys, redisFailed = new Promise(() => {})) {
  const logPath = keys === undefined || watch ? undefined : join(DATA_DIR, 'app.log');
  server = new ServerProcess({ env, logPath, watch });
  try {
    const address = addressOf(host, env.PORT ?? '');
    await Promise.race([server.ready(`${address}/health/ready`, signal, log), aborted(signal)]);
    if (keys !== undefined && !signal.aborted) {
      log(summary({ ...keys, address, logPath, startMs: performance.now() - startedAt }));
    }
    const lost = await Promise.race([server.exited.then(() => undefined), aborted(signal), redisFailed]);
    if (lost !== undefined) throw lost;
  } finally {
    await server.stop();
  }
  const { code } = await server.exited;
  if (signal.aborted && code === 0) log('Drained and ended.');
  return code ?? 1;
}

/** @param {string} host */
async function choosePort(host) {
  const port = Number(process.env.PORT || 3000);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new SetupError('PORT must be a number from 0 to 65535.');
  if (port === 0) return freePort();
  await requirePort(port, host);
  return port;
}
