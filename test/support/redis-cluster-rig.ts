import type { Redis } from 'ioredis';
import { freePort } from './free-port.js';
import { RedisRig } from './redis-rig.js';
import { until } from './wait.js';

const SLOTS = 16_384;
const MASTERS = 3;

export interface ClusterOptions {
  /** Number of replicas of each master. */
  replicas?: 0 | 1 | 2;
  /** Settings of every node, in addition to those that a cluster needs. */
  args?: readonly string[];
  appendOnly?: boolean;
  /** Further settings of one node, such as its own ports. */
  node?: (index: number) => readonly string[];
}

/**
 * Redis Cluster of three masters, each with a third of the slots and the requested number of
 * replicas.
 */
export class RedisClusterRig {
  /**
   * Nodes of the cluster: first the initial masters, then a replica of each in the same order, and
   * so on.
   */
  readonly nodes: readonly RedisRig[];

  private constructor(nodes: readonly RedisRig[]) {
    this.nodes = nodes;
  }

  static async start({
    replicas = 0,
    args = [],
    appendOnly = false,
    node,
  }: ClusterOptions = {}): Promise<RedisClusterRig> {
    const busPorts = await Promise.all(Array.from({ length: MASTERS * (1 + replicas) }, () => freePort()));
    const started = await Promise.allSettled(
      busPorts.map((busPort, index) => {
        const cluster = [
          '--cluster-enabled',
          'yes',
          '--cluster-port',
          String(busPort),
          '--cluster-node-timeout',
          '2000',
        ];
        return RedisRig.start({
          appendOnly,
          args: [...cluster, '--repl-diskless-sync-delay', '0', ...args, ...(node?.(index) ?? [])],
        });
      }),
    );
    const rig = new RedisClusterRig(started.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : [])));
    try {
      const failed = started.find((result) => result.status === 'rejected');
      if (failed) throw failed.reason;
      await rig.join(busPorts);
      if (replicas > 0) await rig.replicate();
      return rig;
    } catch (error) {
      await rig.stop();
      throw error;
    }
  }

  get url(): string {
    return `redis+cluster://${this.nodes.map((node) => `127.0.0.1:${node.port}`).join(',')}`;
  }

  /** Finds the master that serves a slot, according to the other reachable nodes. */
  async ownerOf(slot: number, besides?: RedisRig): Promise<RedisRig> {
    const asked = this.nodes.find((node) => node !== besides);
    const lines = ((await asked?.control.call('CLUSTER', 'SHARDS')) as unknown[][] | undefined) ?? [];
    for (const shard of lines) {
      const [, ranges, , members] = shard as [string, number[], string, string[][]];
      if (!ranges.some((low, index) => index % 2 === 0 && low <= slot && slot <= (ranges[index + 1] ?? low))) continue;
      for (const member of members) {
        const field = (name: string): string | number | undefined => member[member.indexOf(name) + 1];
        const node = this.nodes.find(({ port }) => port === Number(field('port')));
        if (field('role') === 'master' && field('health') === 'online' && node) return node;
      }
    }
    throw new Error(`slot ${slot} has no master`);
  }

  /** Moves a slot with its keys to another master while both serve. */
  async moveSlot(slot: number, to: RedisRig): Promise<void> {
    const from = await this.ownerOf(slot);
    const [source, target] = [from.control, to.control];
    const [sourceId, targetId] = await Promise.all([idOf(source), idOf(target)]);
    await target.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', sourceId);
    await source.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', targetId);
    for (;;) {
      const keys = (await source.call('CLUSTER', 'GETKEYSINSLOT', slot, 20)) as string[];
      if (keys.length === 0) break;
      await source.call('MIGRATE', '127.0.0.1', to.port, '', 0, 5_000, 'KEYS', ...keys);
    }
    for (const client of [target, source]) await client.call('CLUSTER', 'SETSLOT', slot, 'NODE', targetId);
    await until(async () => (await this.ownerOf(slot, from)) === to, { what: `slot ${slot} has moved` });
  }

  /** Waits until every slot has a master, every master a replica, and all replicas follow. */
  async settled(timeoutMs = 40_000): Promise<void> {
    const isSettled = async (): Promise<boolean> => {
      const infos = await Promise.all(this.nodes.map((node) => node.control.info('replication')));
      const masters = infos.filter((info) => info.includes('role:master') && info.includes('state=online'));
      const following = infos.join().match(/state=online/g) ?? [];
      const isWhole = masters.length === MASTERS && following.length === this.nodes.length - MASTERS;
      return isWhole && (await this.agrees(this.nodes.map((node) => node.control)));
    };
    await until(isSettled, { timeoutMs, everyMs: 200, what: 'every master of the cluster has its replica' });
  }

  async stop(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.stop()));
  }

  private async join(busPorts: readonly number[]): Promise<void> {
    const clients = this.nodes.map((node) => node.control);
    const share = Math.ceil(SLOTS / MASTERS);
    for (const [index, client] of clients.entries()) {
      const first = index * share;
      if (index < MASTERS) await client.call('CLUSTER', 'ADDSLOTSRANGE', first, Math.min(first + share, SLOTS) - 1);
      await client.call('CLUSTER', 'SET-CONFIG-EPOCH', index + 1);
    }
    for (const [index, node] of this.nodes.entries()) {
      await clients[0]?.call('CLUSTER', 'MEET', '127.0.0.1', node.port, busPorts[index] ?? 0);
    }
    await until(() => this.agrees(clients), { timeoutMs: 30_000, what: 'cluster_state:ok on every node' });
  }

  private async replicate(): Promise<void> {
    for (const [index, node] of this.nodes.entries()) {
      const master = index < MASTERS ? undefined : this.nodes[index % MASTERS];
      if (master) await node.control.call('CLUSTER', 'REPLICATE', await idOf(master.control));
    }
    await this.settled();
  }

  private async agrees(clients: readonly Redis[]): Promise<boolean> {
    const infos = await Promise.all(clients.map((client) => client.cluster('INFO')));
    const complete = [`cluster_state:ok`, `cluster_size:${MASTERS}`, `cluster_known_nodes:${this.nodes.length}`];
    return infos.every((info) => complete.every((line) => info.includes(line)));
  }
}

const idOf = async (client: Redis): Promise<string> => String(await client.call('CLUSTER', 'MYID'));
