import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Child, type Exit } from './child-process.js';
import { freePort } from './free-port.js';
import { type NginxSettings, writeFiles } from './nginx-files.js';
import { until } from './wait.js';

const run = promisify(execFile);
const BINARY = process.env['NGINX_BIN'] ?? 'nginx';

/** Line of the access log. */
export interface Access {
  address: string;
  method: string;
  path: string;
  status: number;
  bytes: number;
  seconds: number;
  /** `host:port` of each node tried, comma-separated; the last one answered. */
  nodes: string;
  nodeStatus: string;
}

/**
 * Real nginx with the shipped configuration on its own loopback ports; `stop()` leaves nothing
 * behind.
 */
export class NginxRig {
  private child?: Child;

  private constructor(
    readonly dir: string,
    readonly port: number,
    readonly tlsPort: number,
    private settings: NginxSettings,
  ) {}

  static async start(settings: NginxSettings): Promise<NginxRig> {
    const dir = await mkdtemp(join(tmpdir(), 'postrider-nginx-'));
    const rig = new NginxRig(dir, await freePort(), await freePort(), settings);
    try {
      await writeFiles(rig, settings);
      if (settings.tls) await run(join(dir, 'certs/self-signed.sh'));
      await rig.launch();
      return rig;
    } catch (error) {
      await rig.stop();
      throw error;
    }
  }

  get url(): string {
    return this.settings.tls ? `https://localhost:${this.tlsPort}` : this.plainUrl;
  }

  get plainUrl(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get socketUrl(): string {
    return `${this.url.replace('http', 'ws')}/ws`;
  }

  /** Returns the certificate that a client must trust for TLS. */
  certificate(): Promise<string> {
    return readFile(join(this.dir, 'certs/fullchain.pem'), 'utf8');
  }

  /** Returns the output of `nginx -t` for the current files; rejects if they are invalid. */
  async check(): Promise<string> {
    return (await run(BINARY, [...this.args(), '-t'])).stderr;
  }

  /**
   * Applies changed settings without closing a connection; resolves when only new workers accept
   * connections.
   */
  async reload(changes: Partial<NginxSettings> = {}): Promise<void> {
    this.settings = { ...this.settings, ...changes };
    await writeFiles(this, this.settings);
    await this.check();
    const before = await this.workers();
    this.child?.signal('SIGHUP');
    const taken = async (): Promise<boolean> => {
      const now = await this.workers();
      const serving = now.filter(({ leaving }) => !leaving);
      return serving.length >= before.length && serving.every(({ pid }) => before.every((old) => old.pid !== pid));
    };
    await until(taken, { what: 'new workers serve' });
  }

  /** Counts workers from before a reload that still have connections. */
  async leaving(): Promise<number> {
    return (await this.workers()).filter(({ leaving }) => leaving).length;
  }

  /** Kills the master and its workers with SIGKILL. */
  async kill(): Promise<Exit | undefined> {
    return this.child?.end('SIGKILL');
  }

  /** Starts it again with the same ports and files. */
  async restart(): Promise<void> {
    await this.kill();
    await this.launch();
  }

  async stop(): Promise<void> {
    await this.kill();
    await rm(this.dir, { recursive: true, force: true });
  }

  /** Returns the finished requests; a socket counts as one. */
  async accesses(): Promise<Access[]> {
    const lines = (await readFile(join(this.dir, 'access.log'), 'utf8')).split('\n');
    return lines.filter((line) => line.endsWith('}')).map((line) => JSON.parse(line) as Access);
  }

  /** Returns the contents of both logs. */
  async logs(): Promise<string> {
    const files = ['access.log', 'error.log'].map((file) => readFile(join(this.dir, file), 'utf8'));
    return (await Promise.all(files)).join('');
  }

  private args(): string[] {
    const { dir } = this;
    return ['-c', join(dir, 'nginx.conf'), '-e', join(dir, 'error.log'), '-g', `daemon off; pid ${dir}/nginx.pid;`];
  }

  private async launch(): Promise<void> {
    const child = Child.spawn(BINARY, this.args(), { detached: true });
    this.child = child;
    const answers = async (): Promise<boolean> => {
      if (child.exit) return true;
      await fetch(`${this.plainUrl}/none`, { redirect: 'manual' });
      return true;
    };
    await until(answers, { what: `nginx on port ${this.port} answers` });
    if (child.exit) throw new Error(`nginx ended: ${child.tail()}\n${await this.logs()}`);
  }

  private async workers(): Promise<{ pid: string; leaving: boolean }[]> {
    const { pid } = this.child ?? {};
    const pids = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).split(' ').filter(Boolean);
    const titles = await Promise.all(pids.map((worker) => readFile(`/proc/${worker}/cmdline`, 'utf8').catch(() => '')));
    return titles.flatMap((title, index) =>
      title.includes('worker process') ? [{ pid: pids[index] ?? '', leaving: title.includes('shutting down') }] : [],
    );
  }
}
