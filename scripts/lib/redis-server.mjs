import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from './port.mjs';
import { exitOf, stopProcess, tail } from './process.mjs';
import { SetupError } from './setup-error.mjs';

const BOOT_MS = 30_000;
const STOP_MS = 15_000;
const RESTARTS = 5;

/**
 * Embedded Redis on a free loopback port, with its files in `dir`. If it dies, it is restarted on
 * the same port and files, as by a supervisor. `failed` resolves with an error if that does not
 * help.
 */
export class RedisServer {
  #way;
  #dir;
  #durable;
  #log;
  #port = 0;
  /** @type {import('node:child_process').ChildProcess | undefined} */
  #child;
  #stopping = false;
  #restarts = 0;
  /** @type {(error: unknown) => void} */
  #fail = () => {};
  /** @type {Promise<unknown>} */
  failed = new Promise((resolve) => (this.#fail = resolve));

  /**
   * @param {{ way: import('./redis.mjs').RedisWay, dir: string, durable: boolean, log: (line:
   * string) => void }} options
   */
  constructor({ way, dir, durable, log }) {
    this.#way = way;
    this.#dir = dir;
    this.#durable = durable;
    this.#log = log;
  }

  get url() {
    return `redis://127.0.0.1:${this.#port}`;
  }

  async start() {
    mkdirSync(this.#dir, { recursive: true, mode: 0o700 });
    await this.#endLeftover();
    this.#port = await freePort();
    try {
      await this.#run();
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  async stop() {
    this.#stopping = true;
    if (this.#child !== undefined) await stopProcess(this.#child, { graceMs: STOP_MS });
    rmSync(this.#leftover, { force: true });
  }

  async #run() {
    const { command, args } = this.#commandLine();
    // Own process group: Ctrl-C at the terminal must not reach Redis before the server has drained.
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: process.platform !== 'win32' });
    this.#child = child;
    let output = '';
    /** @param {Buffer} chunk */
    const collect = (chunk) => (output = tail(output + chunk, 40));
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    const died = new Promise((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('exit', () => resolve(tail(output)));
    });
    const reason = await Promise.race([died, this.#answers()]);
    if (reason !== undefined) throw new SetupError(`Redis did not start:\n${reason}`);
    writeFileSync(this.#leftover, JSON.stringify({ port: this.#port }));
    void exitOf(child).then(() => this.#mend());
  }

  async #mend() {
    if (this.#stopping) return;
    if (this.#restarts++ === RESTARTS) return this.#fail(new SetupError('Redis keeps ending; giving up.'));
    this.#log('Redis ended unexpectedly; starting it again.');
    try {
      await this.#run();
    } catch (error) {
      this.#fail(error);
    }
  }

  #commandLine() {
    const way = this.#way;
    const dir = way.kind === 'container' ? '/data' : this.#dir;
    const options = ['--maxmemory-policy', 'noeviction', '--save', '', '--dir', dir];
    options.push('--appendonly', this.#durable ? 'yes' : 'no', '--appendfsync', 'everysec');
    if (way.kind === 'binary') {
      return { command: way.path, args: ['--port', String(this.#port), '--bind', '127.0.0.1', ...options] };
    }
    const user = process.getuid && process.getgid ? ['--user', `${process.getuid()}:${process.getgid()}`] : [];
    const place = ['-p', `127.0.0.1:${this.#port}:6379`, '-v', `${this.#dir}:/data`];
    return {
      command: way.path,
      args: ['run', '--rm', ...user, ...place, way.image, 'valkey-server', ...options],
    };
  }

  /**
   * Resolves with undefined once Redis answers, or with the reason of a failure after a time-out.
   */
  async #answers() {
    const deadline = Date.now() + BOOT_MS;
    while (Date.now() < deadline) {
      if ((await command(this.#port, 'PING'))?.startsWith('+PONG')) return undefined;
      await delay(20);
    }
    return `no answer within ${BOOT_MS / 1000} s`;
  }

  get #leftover() {
    return join(this.#dir, 'embedded.json');
  }

  /** Ends the Redis that a killed script left behind. Two of them would destroy the files. */
  async #endLeftover() {
    if (!existsSync(this.#leftover)) return;
    const { port } = JSON.parse(readFileSync(this.#leftover, 'utf8'));
    const dir = this.#way.kind === 'container' ? '/data' : realpathSync(this.#dir);
    if ((await command(port, 'CONFIG GET dir'))?.includes(`\r\n${dir}\r\n`)) {
      await command(port, 'SHUTDOWN');
      const deadline = Date.now() + STOP_MS;
      while ((await command(port, 'PING')) !== undefined && Date.now() < deadline) await delay(50);
    }
    rmSync(this.#leftover);
  }
}

/**
 * Sends one inline command. Resolves with the first bytes of the answer, or undefined if nobody
 * answers.
 * @param {number} port
 * @param {string} line
 * @returns {Promise<string | undefined>}
 */
function command(port, line) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(`${line}\r\n`));
    /** @param {string | undefined} answer */
    const finish = (answer) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(1_000, () => finish(undefined));
    socket.once('data', (data) => finish(String(data)));
    socket.once('error', () => finish(undefined));
    socket.once('close', () => resolve(undefined));
  });
}
