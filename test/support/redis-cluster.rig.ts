import type { Redis } from 'ioredis';
import { freePort } from './free.port.js';
import { RedisRig } from './redis.rig.js';
import { until } from './wait.js';

const SLOTS = 16_384;

/** A Redis Cluster of three masters without replicas, each with its third of the slots. */
export class RedisClusterRig {
  private constructor(readonly nodes: readonly RedisRig[]) {}

  static async start(): Promise<RedisClusterRig> {
    const busPorts = await Promise.all([freePort(), freePort(), freePort()]);
    const started = await Promise.allSettled(
      busPorts.map((busPort) =>
        RedisRig.start({ args: ['--cluster-enabled', 'yes', '--cluster-port', String(busPort)] }),
      ),
    );
    const nodes = started.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    const rig = new RedisClusterRig(nodes);
    try {
      const failed = started.find((result) => result.status === 'rejected');
      if (failed) throw failed.reason;
      await rig.join(busPorts);
      return rig;
    } catch (error) {
      await rig.stop();
      throw error;
    }
  }

  get url(): string {
    return `redis+cluster://${this.nodes.map((node) => `127.0.0.1:${node.port}`).join(',')}`;
  }

  async stop(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.stop()));
  }

  private async join(busPorts: readonly number[]): Promise<void> {
    const clients = this.nodes.map((node) => node.client());
    const share = Math.ceil(SLOTS / clients.length);
    for (const [index, client] of clients.entries()) {
      const first = index * share;
      await client.call('CLUSTER', 'ADDSLOTSRANGE', first, Math.min(first + share, SLOTS) - 1);
      await client.call('CLUSTER', 'SET-CONFIG-EPOCH', index + 1);
    }
    for (const [index, node] of this.nodes.entries()) {
      await clients[0]?.call('CLUSTER', 'MEET', '127.0.0.1', node.port, busPorts[index] ?? 0);
    }
    await until(
      async () => (await Promise.all(clients.map((client) => complete(client, clients.length)))).every(Boolean),
      {
        timeoutMs: 30_000,
        what: 'cluster_state:ok on every node',
      },
    );
  }
}

async function complete(client: Redis, size: number): Promise<boolean> {
  const info = await client.cluster('INFO');
  return info.includes('cluster_state:ok') && info.includes(`cluster_size:${size}`);
}
