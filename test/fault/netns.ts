import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';

const run = promisify(execFile);
const MARK = 'POSTRIDER_FAULT_NETWORK';
let tables = 0;

/**
 * Runs this program again in its own network namespace, with private ports and droppable packets,
 * and in its own process namespace, so that none of its children outlives it.
 * @returns its exit code; undefined if it already runs inside, or if namespaces are not available.
 */
export async function againInOwnNetwork(): Promise<number | undefined> {
  if (process.env[MARK]) return undefined;
  const namespaces = ['-n', '-p', '-f', '--mount-proc', '--kill-child=SIGTERM'];
  if (process.getuid?.() !== 0) namespaces.push('-r');
  const inside = ['unshare', ...namespaces, 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh'];
  const [command = '', ...args] = inside;
  const possible = await run(command, [...args, 'nft', 'list', 'ruleset']).then(
    () => true,
    () => false,
  );
  if (!possible) return undefined;
  const self = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  const child = spawn(command, [...args, ...self], { stdio: 'inherit', env: { ...process.env, [MARK]: 'own' } });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}

/** True if packets can be dropped here without harm to others. */
export const hasOwnNetwork = (): boolean => process.env[MARK] !== undefined;

/** Silent loss of packets, until it is ended. */
export class PacketLoss {
  private constructor(private readonly table: string) {}

  /**
   * @param matches conditions of nftables, such as `ip saddr 127.0.0.2`; packets that match one of
   * them are dropped.
   */
  static async begin(...matches: readonly string[]): Promise<PacketLoss> {
    if (!hasOwnNetwork()) throw new Error('packets are dropped only in a network namespace of our own');
    tables += 1;
    const loss = new PacketLoss(`fault${tables}`);
    const rules = matches.map((match) => `${match} drop`).join('\n');
    const chains = ['input', 'output'].map(
      (hook) => `chain ${hook} { type filter hook ${hook} priority 0;\n${rules}\n}`,
    );
    await run('nft', [`table inet ${loss.table} {\n${chains.join('\n')}\n}`]);
    return loss;
  }

  async end(): Promise<void> {
    await run('nft', ['delete', 'table', 'inet', this.table]);
  }
}

/**
 * Second network namespace. The link between it and the first one, which servers use, can be
 * closed; the test itself uses another link.
 */
export class Island {
  /** Address of servers in the first namespace, from the second one. */
  static readonly MAINLAND = '10.77.0.1';
  /** Address of servers in the second namespace, from the first one. */
  static readonly ADDRESS = '10.77.0.2';
  /** Address at which the test always reaches them. */
  static readonly CONTROL = '10.77.1.2';
  private strait?: PacketLoss;

  private constructor(private readonly holder: ChildProcess) {}

  static async rise(): Promise<Island> {
    if (!hasOwnNetwork()) throw new Error('an island needs a network namespace of our own');
    // It ends with its input, and therefore with this process.
    const holder = spawn('unshare', ['-n', 'sh', '-c', 'ip link set lo up && echo up && exec cat'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const island = new Island(holder);
    await once(holder.stdout, 'data');
    await island.bridge('strait', Island.MAINLAND, Island.ADDRESS);
    await island.bridge('ferry', '10.77.1.1', Island.CONTROL);
    return island;
  }

  /** Command under which a server runs in the second namespace. */
  get under(): readonly string[] {
    return ['nsenter', `--net=/proc/${this.holder.pid}/ns/net`];
  }

  async part(): Promise<void> {
    this.strait = await PacketLoss.begin('iifname "strait"', 'oifname "strait"');
  }

  async heal(): Promise<void> {
    await this.strait?.end();
    this.strait = undefined;
  }

  async sink(): Promise<void> {
    await this.heal();
    const gone = once(this.holder, 'exit');
    this.holder.kill('SIGKILL');
    await gone;
  }

  private async bridge(name: string, here: string, there: string): Promise<void> {
    await run('ip', ['link', 'add', name, 'type', 'veth', 'peer', 'name', name, 'netns', String(this.holder.pid)]);
    await run('ip', ['addr', 'add', `${here}/24`, 'dev', name]);
    await run('ip', ['link', 'set', name, 'up']);
    const [command = '', ...inside] = this.under;
    await run(command, [...inside, 'ip', 'addr', 'add', `${there}/24`, 'dev', name]);
    await run(command, [...inside, 'ip', 'link', 'set', name, 'up']);
  }
}
