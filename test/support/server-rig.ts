import { fileURLToPath } from 'node:url';
import { Child, type Exit } from './child-process.js';
import { freePort } from './free-port.js';
import { until } from './wait.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** Main file of the build under test. */
const MAIN = process.env['TEST_SERVER_MAIN'] ?? 'dist/bundle/main.js';

export interface ServerOptions {
  /** Environment of the server; PORT, ADMIN_PORT and HOST are the rig's. */
  env: Readonly<Record<string, string>>;
  port?: number;
  /** Command that starts the server and becomes it, such as `['setpriv', '--reuid', '1000']`. */
  wrap?: readonly string[];
  /** Address to listen on. */
  host?: string;
  /** True for a separate admin port, which is then used for readiness. */
  admin?: boolean;
  /** Path of another Node to run it with. */
  node?: string;
  /** Another entry of the build. */
  main?: string;
}

/** Real server process, `node dist/bundle/main.js`, on its own port. */
export class ServerRig {
  /** Output of this process and earlier ones of the rig, by line. */
  readonly log: string[] = [];
  private child: Child;

  private constructor(
    readonly port: number,
    private readonly env: Readonly<Record<string, string>>,
    private readonly command: readonly string[],
    private readonly host: string,
    private readonly adminPort?: number,
  ) {
    this.child = this.spawn();
  }

  /** Starts the process and waits until it is ready. */
  static async start({
    env,
    port,
    wrap = [],
    host = '127.0.0.1',
    admin = false,
    node = process.execPath,
    main = MAIN,
  }: ServerOptions): Promise<ServerRig> {
    const adminPort = admin ? await freePort() : undefined;
    const rig = new ServerRig(port ?? (await freePort()), env, [...wrap, node, main], host, adminPort);
    try {
      await rig.ready();
      return rig;
    } catch (error) {
      await rig.kill();
      throw error;
    }
  }

  get url(): string {
    return `http://${this.host}:${this.port}`;
  }

  /** URL of the operators' endpoints. */
  get adminUrl(): string {
    return `http://127.0.0.1:${this.adminPort}`;
  }

  get socketUrl(): string {
    return `ws://${this.host}:${this.port}/ws`;
  }

  get pid(): number {
    return this.child.pid;
  }

  get exit(): Exit | undefined {
    return this.child.exit;
  }

  get exited(): Promise<Exit> {
    return this.child.exited;
  }

  /** Sends SIGTERM and waits for the end; a graceful server exits with code 0. */
  stop(timeoutMs = 20_000): Promise<Exit> {
    return this.child.end('SIGTERM', timeoutMs);
  }

  /** Kills the process with SIGKILL. */
  kill(): Promise<Exit> {
    return this.child.end('SIGKILL');
  }

  signal(signal: NodeJS.Signals): void {
    this.child.signal(signal);
  }

  /**
   * Starts a new process on the same port with the same environment; ends the old one if it still
   * runs.
   */
  async restart(): Promise<void> {
    await this.kill();
    this.child = this.spawn();
    await this.ready();
  }

  async ready(timeoutMs = 100_000): Promise<void> {
    const { child } = this;
    const died = child.exited.then((exit) => Promise.reject(new Error(`ended with ${JSON.stringify(exit)}`)));
    const what = `server on port ${this.port} is ready`;
    try {
      await Promise.race([died, until(() => Boolean(child.exit) || this.isReady(), { timeoutMs, everyMs: 50, what })]);
    } catch (error) {
      throw new Error(`no ${what}; it said:\n${child.tail(60)}`, { cause: error });
    }
  }

  private async isReady(): Promise<boolean> {
    const answer = await fetch(`${this.adminPort ? this.adminUrl : this.url}/health/ready`, {
      signal: AbortSignal.timeout(2_000),
    });
    await answer.arrayBuffer();
    return answer.status === 200;
  }

  private spawn(): Child {
    const ports = { PORT: String(this.port), ADMIN_PORT: String(this.adminPort ?? 'none') };
    const env = { PATH: process.env['PATH'], ...this.env, ...ports, HOST: this.host };
    const [command = process.execPath, ...args] = this.command;
    return Child.spawn(command, args, { cwd: ROOT, env, lines: this.log });
  }
}
