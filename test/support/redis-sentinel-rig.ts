import { Redis } from 'ioredis';
import { RedisRig, type RedisOptions } from './redis-rig.js';
import { until } from './wait.js';

export interface SentinelOptions {
  /** Settings of all data nodes, in addition to those that a primary with replicas needs. */
  args?: readonly string[];
  /** Options of one data node; number 0 starts as the primary. */
  node?: (index: number) => RedisOptions;
  /** Options of one Sentinel. */
  sentinel?: (index: number) => RedisOptions;
  /** Silence after which a node counts as down. */
  downAfterMs?: number;
}

const NAME = 'postrider';
const NUMBERS = [0, 1, 2];
const QUORUM = '2';
/**
 * Settings by which a primary without a replica refuses writes, and a joining replica is synced at
 * once.
 */
const DATA = ['--min-replicas-to-write', '1', '--min-replicas-max-lag', '3', '--repl-diskless-sync-delay', '0'];

/** Primary, two replicas, and three Sentinels that promote a replica when the primary is gone. */
export class RedisSentinelRig {
  private readonly clients: Redis[] = [];

  private constructor(
    readonly nodes: readonly RedisRig[],
    readonly sentinels: readonly RedisRig[],
  ) {}

  static async start(options: SentinelOptions = {}): Promise<RedisSentinelRig> {
    const nodes: RedisRig[] = [];
    const sentinels: RedisRig[] = [];
    const rig = new RedisSentinelRig(nodes, sentinels);
    try {
      for (const index of NUMBERS) nodes.push(await RedisRig.start(dataNode(options, index, nodes[0])));
      await until(async () => (await nodes[0]?.control.wait(2, 100)) === 2, { what: 'both replicas follow' });
      for (const index of NUMBERS) sentinels.push(await RedisRig.start(watcher(options, index, nodes[0])));
      await rig.settled();
      return rig;
    } catch (error) {
      await rig.stop();
      throw error;
    }
  }

  get url(): string {
    return `redis+sentinel://${this.sentinels.map(({ host, port }) => `${host}:${port}`).join(',')}/${NAME}`;
  }

  /** Returns the primary according to all reachable Sentinels; rejects while they disagree. */
  async primary(): Promise<RedisRig> {
    const views = await Promise.allSettled(this.sentinels.map((sentinel) => primaryPort(sentinel)));
    const ports = new Set(views.flatMap((view) => (view.status === 'fulfilled' ? [view.value] : [])));
    const node = this.nodes.find(({ port }) => ports.has(port));
    if (!node || ports.size !== 1) throw new Error(`the primary is at port ${[...ports].join(' or ') || 'unknown'}`);
    return node;
  }

  async replicas(): Promise<RedisRig[]> {
    const primary = await this.primary();
    return this.nodes.filter((node) => node !== primary);
  }

  /** Waits until another node than `old` is the primary and accepts writes. */
  promoted(old: RedisRig, timeoutMs = 30_000): Promise<RedisRig> {
    const isNew = async (): Promise<RedisRig | undefined> => {
      const node = await this.primary();
      return node !== old && (await ask(node, (client) => client.role()))[0] === 'master' ? node : undefined;
    };
    return until(isNew, { timeoutMs, everyMs: 50, what: 'a replica is promoted' });
  }

  /**
   * Waits until every node is up, both replicas follow the primary and every Sentinel knows all of
   * them.
   */
  async settled(timeoutMs = 40_000): Promise<void> {
    const isSettled = async (): Promise<boolean> => {
      const primary = await this.primary();
      const following = await ask(primary, (client) => client.info('replication'));
      const known = await Promise.all(this.sentinels.map((sentinel) => ask(sentinel, knowsAll)));
      return (following.match(/state=online/g) ?? []).length === this.nodes.length - 1 && known.every(Boolean);
    };
    await until(isSettled, {
      timeoutMs,
      everyMs: 100,
      what: 'the primary, its replicas and the Sentinels are complete',
    });
  }

  /** Creates a client that follows the primary, closed by `stop()`. */
  client(): Redis {
    const sentinels = this.sentinels.map(({ host, port }) => ({ host, port }));
    const client = new Redis({ sentinels, name: NAME, socketTimeout: 2_500 });
    client.on('error', () => undefined);
    this.clients.push(client);
    return client;
  }

  async stop(): Promise<void> {
    for (const client of this.clients.splice(0)) client.disconnect();
    await Promise.all([...this.sentinels, ...this.nodes].map((server) => server.stop()));
  }
}

function dataNode({ args = [], node }: SentinelOptions, index: number, primary?: RedisRig): RedisOptions {
  const own = node?.(index) ?? {};
  const announce = own.host ? ['--bind-source-addr', own.host, '--replica-announce-ip', own.host] : [];
  const follow = primary ? ['--replicaof', primary.host, String(primary.port)] : [];
  return { appendOnly: true, ...own, args: [...DATA, ...announce, ...args, ...(own.args ?? []), ...follow] };
}

function watcher({ sentinel, downAfterMs = 2_000 }: SentinelOptions, index: number, primary?: RedisRig): RedisOptions {
  const own = sentinel?.(index) ?? {};
  const announce = own.host ? ['--bind-source-addr', own.host, '--sentinel', 'announce-ip', own.host] : [];
  const rules = [
    ['monitor', NAME, primary?.host ?? '', String(primary?.port), QUORUM],
    ['down-after-milliseconds', NAME, String(downAfterMs)],
    ['failover-timeout', NAME, '6000'],
    ['parallel-syncs', NAME, '1'],
  ].flatMap((rule) => ['--sentinel', ...rule]);
  return { ...own, sentinel: true, args: [...announce, ...rules, ...(own.args ?? [])] };
}

async function primaryPort(sentinel: RedisRig): Promise<number> {
  const answer = await ask(sentinel, (client) => client.call('SENTINEL', 'get-master-addr-by-name', NAME));
  return Number((answer as string[])[1]);
}

async function knowsAll(client: Redis): Promise<boolean> {
  const fields = (await client.call('SENTINEL', 'master', NAME)) as string[];
  const field = (name: string): string | undefined => fields[fields.indexOf(name) + 1];
  return field('num-other-sentinels') === '2' && field('num-slaves') === '2' && field('flags') === 'master';
}

/** Asks a server that may be dead or hang. */
async function ask<T>(server: RedisRig, question: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(server.url, {
    commandTimeout: 500,
    connectTimeout: 500,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
  });
  client.on('error', () => undefined);
  try {
    return await question(client);
  } finally {
    client.disconnect();
  }
}
