import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { within } from './wait.js';

/** End of a process: an exit code, or the signal that killed it. */
export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

interface SpawnOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  lines?: string[];
  /** True to lead its own process group, which `SIGKILL` ends as a whole. */
  detached?: boolean;
}

const running = new Set<Child>();
process.once('exit', () => running.forEach((child) => child.signal('SIGKILL')));

/** Process that a test started: its output by line, and its end. */
export class Child {
  readonly exited: Promise<Exit>;
  private ended?: Exit;

  private constructor(
    private readonly process: ChildProcess,
    readonly lines: string[],
    private readonly leadsGroup: boolean,
  ) {
    running.add(this);
    for (const stream of [process.stdout, process.stderr]) {
      if (stream) createInterface({ input: stream }).on('line', (line) => this.lines.push(line));
    }
    this.exited = new Promise((resolve, reject) => {
      process.once('error', reject);
      process.once('exit', (code, signal) => {
        running.delete(this);
        this.ended = { code, signal };
        resolve(this.ended);
      });
    });
    this.exited.catch((error: unknown) => this.lines.push(String(error)));
  }

  /** Output lines are added to `lines`, which several successive processes may share. */
  static spawn(command: string, args: readonly string[], options: SpawnOptions = {}): Child {
    const { lines = [], ...rest } = options;
    const child = spawn(command, args, { ...rest, stdio: ['ignore', 'pipe', 'pipe'] });
    return new Child(child, lines, rest.detached ?? false);
  }

  get pid(): number {
    if (this.process.pid === undefined) throw new Error(`did not start: ${this.tail()}`);
    return this.process.pid;
  }

  get exit(): Exit | undefined {
    return this.ended;
  }

  /** Sends the signal and waits for the end; kills the process after `timeoutMs`. */
  async end(signal: NodeJS.Signals, timeoutMs = 60_000): Promise<Exit> {
    if (this.ended) return this.ended;
    this.signal(signal);
    try {
      return await within(this.exited, timeoutMs, `process ${this.pid} ended by ${signal}`);
    } catch (error) {
      this.signal('SIGKILL');
      throw error;
    }
  }

  /** Sends a signal without waiting, such as SIGSTOP or SIGCONT. */
  signal(signal: NodeJS.Signals): void {
    if (this.leadsGroup && signal === 'SIGKILL') this.killGroup();
    else this.process.kill(signal);
  }

  private killGroup(): void {
    try {
      process.kill(-this.pid, 'SIGKILL');
    } catch {
      // The whole group has already exited.
    }
  }

  tail(count = 20): string {
    return this.lines.slice(-count).join('\n');
  }
}
