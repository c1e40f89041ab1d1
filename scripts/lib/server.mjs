import { spawn } from 'node:child_process';
import { existsSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { exitOf, stopGroup, stopProcess } from './process.mjs';
import { ROOT } from './paths.mjs';
import { SetupError } from './setup.error.mjs';

const READY_MS = 60_000;
const STOP_MARGIN_MS = 10_000;
const LOG_MAX_BYTES = 10 * 1024 * 1024;
const PARENT_WATCH = new URL('./parent-watch.mjs', import.meta.url).href;

/** The server as a child: `node dist/main.js`, or with `watch` the Nest CLI, which rebuilds and restarts it. */
export class ServerProcess {
  #child;
  #logPath;
  #logStart = 0;
  #stop;

  /** @param logPath where its log goes; undefined for the terminal. */
  constructor({ env, logPath, watch }) {
    this.#logPath = logPath;
    const graceMs = Number(env.DRAIN_MS || 10_000) + STOP_MARGIN_MS;
    // The Nest CLI leaves the server that it started behind, so a watching one is ended as a group.
    this.#stop = () => (watch ? stopGroup : stopProcess)(this.#child, { graceMs });
    const output = logPath === undefined ? 'inherit' : this.#openLog();
    const args = watch
      ? [join(ROOT, 'node_modules/@nestjs/cli/bin/nest.js'), 'start', '--watch', '--preserveWatchOutput']
      : ['--enable-source-maps', '--import', PARENT_WATCH, join(ROOT, 'dist/main.js')];
    // A group of its own: Ctrl-C reaches this script alone, which then ends the server before its Redis.
    const detached = process.platform !== 'win32';
    this.#child = spawn(process.execPath, args, { cwd: ROOT, env, stdio: ['pipe', output, output], detached });
  }

  get exited() {
    return exitOf(this.#child);
  }

  /** Resolves once `url` answers 200. @throws SetupError with the end of the log when the server ends before that. */
  async ready(url, signal) {
    const deadline = Date.now() + READY_MS;
    let running = true;
    void this.exited.then(() => (running = false));
    while (!(await answersOk(url))) {
      signal.throwIfAborted();
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

  #openLog() {
    if (existsSync(this.#logPath) && statSync(this.#logPath).size > LOG_MAX_BYTES) {
      renameSync(this.#logPath, `${this.#logPath}.1`);
    }
    const log = openSync(this.#logPath, 'a', 0o600);
    this.#logStart = statSync(this.#logPath).size;
    return log;
  }

  #recentLog() {
    if (this.#logPath === undefined) return '';
    const lines = readFileSync(this.#logPath).subarray(this.#logStart).toString().trimEnd().split('\n').slice(-5);
    return `${lines.map(messageOf).join('\n')}\nThe whole log: ${this.#logPath}`;
  }
}

async function answersOk(url) {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(2_000) })).ok;
  } catch {
    return false;
  }
}

function messageOf(line) {
  try {
    const { msg, err } = JSON.parse(line);
    return [msg, err?.message].filter(Boolean).join(': ');
  } catch {
    return line;
  }
}
