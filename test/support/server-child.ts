import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Child } from './child-process.js';
import { until } from './wait.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const MAIN = process.env['TEST_SERVER_MAIN'] ?? 'dist/bundle/main.js';

export interface LogLine {
  readonly event?: string;
  readonly level?: string;
  readonly msg?: string;
  readonly error?: string;
}

/** Server process that need not become ready, unlike that of a `ServerRig`. */
export class ServerChild {
  private constructor(
    private readonly child: Child,
    private readonly isInit: boolean,
  ) {}

  /**
   * @param asInit runs it as the first process of a container: in its own process namespace, which
   * requires root.
   */
  static spawn(env: Readonly<Record<string, string>>, { asInit = false } = {}): ServerChild {
    const secrets = { API_KEYS: 'main:test:key', JWT_SECRET: 'secret', HOST: '127.0.0.1', ADMIN_PORT: 'none' };
    const namespace = asInit ? ['unshare', '--fork', '--pid', '--mount-proc', '--kill-child'] : [];
    const [command = '', ...args] = [...namespace, process.execPath, MAIN];
    const options = { cwd: ROOT, env: { PATH: process.env['PATH'], ...secrets, ...env } };
    return new ServerChild(Child.spawn(command, args, options), asInit);
  }

  get exited(): Child['exited'] {
    return this.child.exited;
  }

  /** Returns its whole output. */
  get text(): string {
    return this.child.lines.join('\n');
  }

  /** Returns the lines of its log, or only those of one event. */
  logged(event?: string): LogLine[] {
    const lines = this.child.lines.flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as LogLine] : []));
    return lines.filter((line) => event === undefined || line.event === event);
  }

  /** Output lines that are not log lines. */
  plain(): string[] {
    return this.child.lines.filter((line) => !line.startsWith('{'));
  }

  /** Waits until its output contains a text. */
  async said(what: string, timeoutMs = 120_000): Promise<void> {
    const isSaid = (): boolean => {
      if (this.text.includes(what)) return true;
      if (this.child.exit) throw new Error(`ended: ${this.child.tail()}`);
      return false;
    };
    await until(isSaid, { timeoutMs, everyMs: 5, what: `the server says ${what}` });
  }

  /** Signals the server itself, not the command that it runs under. */
  signal(signal: NodeJS.Signals): void {
    if (!this.isInit) return this.child.signal(signal);
    const { pid } = this.child;
    process.kill(Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')), signal);
  }

  kill(): Promise<unknown> {
    return this.child.end('SIGKILL');
  }
}
