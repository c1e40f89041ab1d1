import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { Child } from './child.process.js';
import { freePort } from './free.port.js';
import { until } from './wait.js';

export interface RedisOptions {
  /** Append-only file with fsync every second; without it a killed server comes back empty. */
  appendOnly?: boolean;
  /** Further `redis-server` arguments, e.g. `['--maxmemory', '64mb']`. */
  args?: readonly string[];
}

/** A Redis of the test's own: loopback port, temporary data, gone with `stop()`. */
export class RedisRig {
  private child?: Child;
  private clients: Redis[] = [];

  private constructor(
    readonly port: number,
    private readonly dir: string,
    private readonly options: RedisOptions,
  ) {}

  static async start(options: RedisOptions = {}): Promise<RedisRig> {
    const rig = new RedisRig(await freePort(), await mkdtemp(join(tmpdir(), 'postrider-redis-')), options);
    try {
      await rig.launch();
      return rig;
    } catch (error) {
      await rig.stop();
      throw error;
    }
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** A client of the test's own, closed by `stop()`. It reconnects, so it survives `kill()` and `restart()`. */
  client(): Redis {
    const client = new Redis(this.url);
    client.on('error', () => undefined);
    this.clients.push(client);
    return client;
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

  /** The same port and the same data again, after `kill()`. */
  async restart(): Promise<void> {
    await this.kill();
    await this.launch();
  }

  async stop(): Promise<void> {
    for (const client of this.clients.splice(0)) client.disconnect();
    await this.kill();
    await rm(this.dir, { recursive: true, force: true });
  }

  private async launch(): Promise<void> {
    const binary = process.env['REDIS_SERVER_BIN'] ?? 'redis-server';
    const child = Child.spawn(binary, this.args());
    this.child = child;
    await until(() => this.answers(child), { timeoutMs: 15_000, what: `Redis on port ${this.port} answers` });
  }

  private async answers(child: Child): Promise<boolean> {
    if (child.exit) throw new Error(`redis-server ended: ${child.tail()}`);
    const probe = new Redis({ port: this.port, lazyConnect: true, maxRetriesPerRequest: 0, retryStrategy: () => null });
    probe.on('error', () => undefined);
    try {
      await probe.connect();
      return (await probe.ping()) === 'PONG';
    } finally {
      probe.disconnect();
    }
  }

  private args(): string[] {
    const { appendOnly = false, args = [] } = this.options;
    const base = ['--port', String(this.port), '--bind', '127.0.0.1', '--dir', this.dir, '--save', ''];
    const policy = [
      '--maxmemory-policy',
      'noeviction',
      '--appendonly',
      appendOnly ? 'yes' : 'no',
      '--appendfsync',
      'everysec',
    ];
    return [...base, ...policy, ...args];
  }
}
