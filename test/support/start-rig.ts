import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Child } from './child-process.js';
import { freePort } from './free-port.js';
import { until } from './wait.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const run = promisify(execFile);

/** Output of `npm start` for the person at the terminal. */
export interface Told {
  lines: string[];
  readyMs: number;
  page: URL;
  apiKey: string;
  /** Printed address and sign-in key of the console. */
  console: { url: URL; adminKey: string };
  token: string;
  /** Printed command that sends a first notification. */
  send: string;
}

/** Run of `npm start` with its own data folder and port. */
export class StartRig {
  private constructor(
    readonly dir: string,
    readonly port: number,
  ) {}

  static async create(): Promise<StartRig> {
    return new StartRig(await mkdtemp(join(tmpdir(), 'postrider-start-')), await freePort());
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Starts it through npm, as people do, without waiting. */
  spawn(env: Readonly<Record<string, string>> = {}): Child {
    const { PATH, HOME, REDIS_SERVER_BIN } = process.env;
    const own = { POSTRIDER_DATA_DIR: this.dir, PORT: String(this.port), HOST: '127.0.0.1' };
    return Child.spawn('npm', ['start'], { cwd: ROOT, env: { PATH, HOME, REDIS_SERVER_BIN, ...own, ...env } });
  }

  async told(child: Child): Promise<Told> {
    const printed = (label: string): string | undefined =>
      child.lines
        .find((line) => line.startsWith(`  ${label} `))
        ?.slice(label.length + 3)
        .trim();
    const what = 'the address, the keys and the command are printed';
    const send = await until(() => child.exit !== undefined || printed('send'), { timeoutMs: 40_000, what });
    if (send === true) throw new Error(`ended: ${child.tail()}`);
    const seconds = /ready \(([\d.]+) s/.exec(child.lines.join('\n'))?.[1];
    return {
      lines: child.lines,
      readyMs: Number(seconds) * 1_000,
      page: new URL(printed('page') ?? ''),
      apiKey: printed('API key') ?? '',
      console: consoleOf(printed('console') ?? ''),
      token: printed('token')?.split(' ')[0] ?? '',
      send,
    };
  }

  /** Runs a printed command in a shell, as when pasted. */
  async paste(command: string): Promise<string> {
    return (await run('sh', ['-c', command])).stdout;
  }

  async isReady(): Promise<boolean> {
    return (await fetch(`${this.url}/health/ready`)).ok;
  }

  /** Returns the port of the embedded Redis. */
  async redisPort(): Promise<number> {
    const { port } = JSON.parse(await readFile(join(this.dir, 'redis/embedded.json'), 'utf8')) as { port: number };
    return port;
  }

  /** Returns the process id of the embedded server, taken from the node name in its log. */
  async serverPid(): Promise<number> {
    const log = await readFile(join(this.dir, 'app.log'), 'utf8');
    const { node } = JSON.parse(log.trimEnd().split('\n').at(-1) ?? '') as { node: string };
    return Number(node.split('-').at(-1));
  }

  async remove(): Promise<void> {
    await rm(this.dir, { recursive: true, force: true });
  }
}

function consoleOf(line: string): Told['console'] {
  const [, url = '', adminKey = ''] = /^(\S+) +\(admin key (\S+)\)$/.exec(line) ?? [];
  return { url: new URL(url), adminKey };
}
