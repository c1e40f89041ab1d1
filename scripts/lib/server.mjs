import { spawn } from 'node:child_process';
import { existsSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { exitOf, stopGroup, stopProcess } from './process.mjs';
import { IS_CHECKOUT, ROOT, WORK_DIR } from './paths.mjs';
import { SetupError } from './setup-error.mjs';

const READY_MS = 60_000;
const STOP_MARGIN_MS = 10_000;
const LOG_MAX_BYTES = 10 * 1024 * 1024;
const MAIN = join(ROOT, IS_CHECKOUT ? 'dist/bundle/main.js' : 'dist/main.js');
const PARENT_WATCH = new URL('./parent-watch.mjs', import.meta.url).href;

/**
 * Server as a child process: the built one or, with `watch`, the Nest CLI, which rebuilds and
 * restarts it.
 */
export class ServerProcess {
  #child;
  #logPath;
  #logStart = 0;
  #stop;

  /**
   * @param {{ env: NodeJS.ProcessEnv, logPath?: string, watch: boolean }} options `logPath`:
   * without it, the terminal
   */
  constructor({ env, logPath, watch }) {
    this.#logPath = logPath;
    const graceMs = Number(env.DRAIN_MS || 10_000) + STOP_MARGIN_MS;
    // The Nest CLI leaves its server behind, so a watched server is ended as a group.
    this.#stop = () => (watch ? stopGroup : stopProcess)(this.#child, { graceMs });
    const output = logPath === undefined ? 'inherit' : this.#openLog(logPath);
    const args = watch
      ? [join(ROOT, 'node_modules/@nestjs/cli/bin/nest.js'), 'start', '--watch', '--preserveWatchOutput']
      : ['--enable-source-maps', '--import', PARENT_WATCH, MAIN];
    // Own process group, so that Ctrl-C only reaches this script, which then ends the server before
    // its Redis.
    const detached = process.platform !== 'win32';
    this.#child = spawn(process.execPath, args, { cwd: WORK_DIR, env, stdio: ['pipe', output, output], detached });
  }

  get exited() {
    return exitOf(this.#child);
  }

  /**
   * Resolves once `url` answers 200. Until then, logs what the server waits for.
   * @param {string} url
   * @param {AbortSignal} signal
   * @param {(line: string) => void} log
   * @throws {SetupError} with the end of the log if the server ends before that
   */
  async ready(url, signal, log) {
    let told = 0;
    const deadline = Date.now() + READY_MS;
    let running = true;
    void this.exited.then(() => (running = false));
    while (!(await answersOk(url))) {
      signal.throwIfAborted();
      const waits = this.#lines().filter((line) => eventOf(line) === 'redis_awaited');
      for (const line of waits.slice(told)) log(messageOf(line));
      told = waits.length;
      if (!running) throw new SetupError(`The server ended while starting.\n${this.#recentLog()}`);
      if (Date.now() > deadline) throw new SetupError(`The server is not ready.\n${this.#recentLog()}`);
      await delay(50);
    }
  }

  stop() {
    return this.#stop();
  }

  kill() {
    this.#child.kill('SIGKILL');
  }

  /** @param {string} path */
  #openLog(path) {
    if (existsSync(path) && statSync(path).size > LOG_MAX_BYTES) renameSync(path, `${path}.1`);
    const log = openSync(path, 'a', 0o600);
    this.#logStart = statSync(path).size;
    return log;
  }

  #recentLog() {
    if (this.#logPath === undefined) return '';
    const lines = this.#lines();
    const faults = lines.filter((line) => FAULTS.has(partsOf(line)?.level));
    return `${(faults.length > 0 ? faults : lines).slice(-5).map(messageOf).join('\n')}\nThe whole log: ${this.#logPath}`;
  }

  /** Returns the lines that this server has written to its log. */
  #lines() {
    if (this.#logPath === undefined) return [];
    return readFileSync(this.#logPath).subarray(this.#logStart).toString().trimEnd().split('\n');
  }
}

const FAULTS = new Set(['error', 'fatal', undefined]);

/** @param {string} url */
async function answersOk(url) {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(2_000) })).ok;
  } catch {
    return false;
  }
}

/** @param {string} line */
function messageOf(line) {
  const { msg, err } = partsOf(line) ?? { msg: line };
  return [msg, err?.message].filter(Boolean).join(': ');
}

/** @param {string} line */
const eventOf = (line) => partsOf(line)?.event;

/**
 * Parses the fields of a log line.
 * @param {string} line
 * @returns {{ event?: string, level?: string, msg?: string, err?: { message?: string } } |
 * undefined}
 */
function partsOf(line) {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
