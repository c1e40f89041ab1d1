import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { Child } from './child-process.js';
import { freePort } from './free-port.js';
import { until } from './wait.js';

export interface RedisOptions {
  /**
   * True for an append-only file with fsync every second; without it, a killed server comes back
   * empty.
   */
  appendOnly?: boolean;
  /** Further `redis-server` arguments, such as `['--maxmemory', '64mb']`. */
  args?: readonly string[];
  /** Port to listen on. Default: a free one. */
  port?: number;
  /** True for a Sentinel, which keeps no data, instead of a data node. */
  sentinel?: boolean;
  /** Address to listen on, which other servers use. */
  host?: string;
  /** Second address, for the test itself. Default: `host`. */
  reach?: string;
  /** Data folder, such as a small file system; removed by `stop()` like the temporary directory. */
  dir?: string;
  /**
   * Command that runs the server, such as `['nsenter', '--net=…']`; it must replace itself with the
   * server.
   */
  under?: readonly string[];
  env?: Readonly<Record<string, string>>;
}

/** Redis of one test, with a loopback port and temporary data; `stop()` removes it. */
export class RedisRig {
  /** Address under which other servers know it. */
  readonly host: string;
  private child?: Child;
  private clients: Redis[] = [];
  private kept?: Redis;

  private constructor(
    readonly port: number,
    private readonly dir: string,
    private readonly options: RedisOptions,
  ) {
    this.host = options.host ?? '127.0.0.1';
  }

  static async start(options: RedisOptions = {}): Promise<RedisRig> {
    const dir = options.dir ?? (await mkdtemp(join(tmpdir(), 'postrider-redis-')));
    const rig = new RedisRig(options.port ?? (await freePort()), dir, options);
    try {
      await writeFile(rig.file, rig.settings());
      await rig.launch();
      return rig;
    } catch (error) {
      await rig.stop();
      throw error;
    }
  }

  get url(): string {
    return `redis://${this.options.reach ?? this.host}:${this.port}`;
  }

  get pid(): number {
    if (!this.child) throw new Error('not started');
    return this.child.pid;
  }

  /**
   * Creates a client for the test, closed by `stop()`. It reconnects, so it survives `kill()` and
   * `restart()`.
   */
  client(): Redis {
    const client = new Redis(this.url);
    client.on('error', () => undefined);
    this.clients.push(client);
    return client;
  }

  /** Shared client for queries and commands of the test, like those of `client()`. */
  get control(): Redis {
    return (this.kept ??= this.client());
  }

  /** Kills the server with SIGKILL: nothing more is flushed. */
  async kill(): Promise<void> {
    await this.child?.end('SIGKILL');
  }

  pause(): void {
    this.child?.signal('SIGSTOP');
  }

  unpause(): void {
    this.child?.signal('SIGCONT');
  }

  /**
   * Restarts after `kill()` with the same port, data and settings, including Sentinel's changes.
   */
  async restart(): Promise<void> {
    await this.kill();
    await this.launch();
  }

  async stop(): Promise<void> {
    for (const client of this.clients.splice(0)) client.disconnect();
    await this.kill();
    await rm(this.dir, { recursive: true, force: true });
  }

  private get file(): string {
    return join(this.dir, 'redis.conf');
  }

  private async launch(): Promise<void> {
    const { under = [], sentinel = false, env = {} } = this.options;
    const server = [process.env['REDIS_SERVER_BIN'] ?? 'redis-server', this.file, ...(sentinel ? ['--sentinel'] : [])];
    const [command = '', ...args] = [...under, ...server];
    const child = Child.spawn(command, args, { env: { ...process.env, ...env } });
    this.child = child;
    await until(() => this.answers(child), { timeoutMs: 60_000, what: `Redis on port ${this.port} answers` });
  }

  private async answers(child: Child): Promise<boolean> {
    if (child.exit) throw new Error(`redis-server ended: ${child.tail()}`);
    const probe = new Redis(this.url, { lazyConnect: true, maxRetriesPerRequest: 0, retryStrategy: () => null });
    probe.on('error', () => undefined);
    try {
      await probe.connect();
      return (await probe.ping()) === 'PONG';
    } finally {
      probe.disconnect();
    }
  }

  /** Writes the settings to a file, in which Sentinel can record the primary. */
  private settings(): string {
    const { appendOnly = false, args = [], sentinel = false, reach } = this.options;
    const bind = ['--bind', this.host, ...(reach ? [reach] : [])];
    const base = ['--port', String(this.port), ...bind, '--protected-mode', 'no', '--dir', this.dir];
    const data = ['--save', '', '--maxmemory-policy', 'noeviction', '--appendonly', appendOnly ? 'yes' : 'no'];
    const lines: string[] = [];
    for (const word of [...base, ...(sentinel ? [] : [...data, '--appendfsync', 'everysec']), ...args]) {
      if (word.startsWith('--')) lines.push(word.slice(2));
      else lines.push(`${lines.pop()} ${word === '' ? '""' : word}`);
    }
    return `${lines.join('\n')}\n`;
  }
}
