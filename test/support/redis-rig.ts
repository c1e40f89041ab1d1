import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { Child } from './child-process.js';
import { freePort } from './free-port.js';
import { until } from './wait.js';

export interface RedisOptions {
  /** Append-only file with fsync every second; without it a killed server comes back empty. */
  appendOnly?: boolean;
  /** Further `redis-server` arguments, e.g. `['--maxmemory', '64mb']`. */
  args?: readonly string[];
  /** The port to listen on; else a free one. */
  port?: number;
  /** A Sentinel, which keeps no data, instead of a data node. */
  sentinel?: boolean;
  /** Address to listen on and to be known by. */
  host?: string;
  /** A second address, by which the test reaches it; else `host`. */
  reach?: string;
  /** Data folder, such as a small file system; removed by `stop()` like the temporary directory. */
  dir?: string;
  /**
   * Command that runs the server, such as `['nsenter', '--net=…']`; it must replace itself by the
   * server.
   */
  under?: readonly string[];
  env?: Readonly<Record<string, string>>;
}

/** A Redis of the test's own: loopback port, temporary data, gone with `stop()`. */
export class RedisRig {
  /** The address that the other servers know. */
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
   * Client for the test, closed by `stop()`. It reconnects, so it survives `kill()` and
   * `restart()`.
   */
  client(): Redis {
    const client = new Redis(this.url);
    client.on('error', () => undefined);
    this.clients.push(client);
    return client;
  }

  /** The one client for questions and commands of the test; as `client()`. */
  get control(): Redis {
    return (this.kept ??= this.client());
  }

  /** kill -9: nothing is flushed that was not flushed already. */
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

  /** The settings as a file, so that Sentinel can keep there who the primary is. */
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
