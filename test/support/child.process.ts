import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { within } from './wait.js';

/** How a process ended: an exit code, or the signal that killed it. */
export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

interface SpawnOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  lines?: string[];
}

const running = new Set<ChildProcess>();
process.once('exit', () => running.forEach((child) => child.kill('SIGKILL')));

/** A process that a test started: its output by line, and its end. */
export class Child {
  readonly exited: Promise<Exit>;
  private ended?: Exit;

  private constructor(
    private readonly process: ChildProcess,
    readonly lines: string[],
  ) {
    running.add(process);
    for (const stream of [process.stdout, process.stderr]) {
      if (stream) createInterface({ input: stream }).on('line', (line) => this.lines.push(line));
    }
    this.exited = new Promise((resolve, reject) => {
      process.once('error', reject);
      process.once('exit', (code, signal) => {
        running.delete(process);
        this.ended = { code, signal };
        resolve(this.ended);
      });
    });
    this.exited.catch((error: unknown) => this.lines.push(String(error)));
  }

  /** Output lines are added to `lines`, which may be shared by several processes, one after the other. */
  static spawn(command: string, args: readonly string[], options: SpawnOptions = {}): Child {
    const { lines = [], ...rest } = options;
    return new Child(spawn(command, args, { ...rest, stdio: ['ignore', 'pipe', 'pipe'] }), lines);
  }

  get pid(): number {
    if (this.process.pid === undefined) throw new Error(`did not start: ${this.tail()}`);
    return this.process.pid;
  }

  get exit(): Exit | undefined {
    return this.ended;
  }

  /** Sends the signal and waits for the end; kills what has not gone after `timeoutMs`. */
  async end(signal: NodeJS.Signals, timeoutMs = 15_000): Promise<Exit> {
    if (this.ended) return this.ended;
    this.process.kill(signal);
    try {
      return await within(this.exited, timeoutMs, `process ${this.pid} ended by ${signal}`);
    } catch (error) {
      this.process.kill('SIGKILL');
      throw error;
    }
  }

  /** Sends a signal and goes on, e.g. SIGSTOP and SIGCONT. */
  signal(signal: NodeJS.Signals): void {
    this.process.kill(signal);
  }

  tail(count = 20): string {
    return this.lines.slice(-count).join('\n');
  }
}
