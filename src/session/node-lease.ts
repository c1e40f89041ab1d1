import { Injectable, Logger } from '@nestjs/common';
import { Config } from '../config/config.js';
import { isOne, listOf, nothing, stringsOf } from '../redis/reply.js';
import { scriptsOf } from '../redis/script.js';
import { RedisLanes } from '../redis/redis-lanes.js';
import { randomDigits } from '../contract/notification-id.js';

const script = scriptsOf(import.meta.url);
const LEASE = script(
  'lease',
  ({ holder, leaseMs }: { holder: string; leaseMs: number }) => [holder, leaseMs],
  (reply) => {
    const [wasHeld, holders] = listOf(reply);
    return { wasHeld: isOne(wasHeld), holders: Number(holders ?? 1) };
  },
);
const GONE = script('gone', ({ reaped }: { reaped: readonly string[] }) => reaped, stringsOf);
const ADOPT = script(
  'adopt',
  ({ leaseMs, holders }: { leaseMs: number; holders: readonly string[] }) => [leaseMs, ...holders],
  nothing,
);
/** All leases are in one partition, so that one call finds the expired ones. */
const NODES_PARTITION = 0;

/** Node of a holder. */
export const nodeOf = (holder: string): string => holder.slice(0, holder.lastIndexOf('#'));

/** Proof that this process lives. Without it, others suspend the sessions it holds. */
@Injectable()
export class NodeLease {
  /**
   * Node id with a nonce of this boot, so that a restarted node does not inherit the sessions of
   * its predecessor.
   */
  readonly holder: string;
  /** Number of other nodes with a lease at the last renewal. */
  others = 0;
  private timer?: NodeJS.Timeout;
  private readonly logger = new Logger(NodeLease.name);

  constructor(
    private readonly config: Config,
    private readonly lanes: RedisLanes,
  ) {
    this.holder = `${config.nodeId}#${randomDigits(8)}`;
  }

  /**
   * Takes the lease and keeps it.
   * @param onLost called when the lease had expired before it was renewed.
   */
  async keep(onLost: () => void): Promise<void> {
    await this.renew();
    this.timer = setInterval(() => {
      this.renew().then(
        (held) => {
          if (!held) onLost();
        },
        (error: unknown) => this.logger.debug({ msg: 'Could not renew the lease', error: String(error) }),
      );
    }, this.config.leaseMs / 3);
  }

  /** Releases the lease, so that the remaining sessions can be reaped at once. */
  async release(): Promise<void> {
    if (!this.timer) return;
    clearInterval(this.timer);
    await this.lanes.facts.run(LEASE, NODES_PARTITION, { holder: this.holder, leaseMs: 0 });
  }

  /**
   * Nodes whose lease has expired.
   * @param reaped nodes that no longer hold anything.
   */
  async gone(reaped: readonly string[] = []): Promise<string[]> {
    return this.lanes.facts.run(GONE, NODES_PARTITION, { reaped });
  }

  /**
   * Gives a lease to nodes that hold sessions without one, for example after Redis was emptied.
   * Without it, nobody would notice the death of such a node. Half a lease is enough time for a
   * live node to renew it.
   */
  async adopt(holders: readonly string[]): Promise<void> {
    if (holders.length === 0) return;
    await this.lanes.facts.run(ADOPT, NODES_PARTITION, { leaseMs: Math.ceil(this.config.leaseMs / 2), holders });
  }

  private async renew(): Promise<boolean> {
    const { leaseMs } = this.config;
    const { wasHeld, holders } = await this.lanes.facts.run(LEASE, NODES_PARTITION, { holder: this.holder, leaseMs });
    this.others = Math.max(0, holders - 1);
    return wasHeld;
  }
}
