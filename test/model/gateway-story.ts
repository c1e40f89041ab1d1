import type { Redis } from 'ioredis';
import { qualified } from '../../src/topic/topic-namespaces.js';
import type { Append } from '../../src/topic/log-scripts.js';
import type { CoreRig } from '../support/core-rig.js';
import { until } from '../support/wait.js';
import type { GatewayNode } from './gateway-node.js';
import { NAMED, Story } from './story.js';
import type { StoryClient } from './story-client.js';

const STEPS = 40;
const DUMP_ALL = `local out = {}
for _, key in ipairs(redis.call('KEYS', '*')) do out[#out + 1] = { key, redis.call('DUMP', key) } end
return out`;

interface Published {
  readonly name: string;
  readonly item: Append;
  /** True if the notification is in the log that survived the failover. */
  kept: boolean;
}

/** Notifies the listeners of a rig that its connections to Redis broke. */
export type Interrupt = () => void;

/**
 * Story in which clients come, go and acknowledge, notifications are published and retried, hints
 * are lost, and Redis fails over to a replica that lacks the latest writes. The seed decides all
 * random choices.
 */
export class GatewayStory extends Story {
  private readonly published: Published[] = [];
  private replica?: { keys: [string, Buffer][]; kept: ReadonlySet<Published> };

  constructor(
    seed: number,
    private readonly rig: CoreRig,
    nodes: readonly GatewayNode[],
    private readonly redis: Redis,
    private readonly interrupt: Interrupt,
    /** Time that all clients have to receive everything at the end. */
    private readonly patienceMs: number,
  ) {
    super(seed, `story${seed}`, nodes);
  }

  run(): Promise<string[]> {
    return this.tell(STEPS);
  }

  protected async step(): Promise<void> {
    const dice = this.random();
    const client = this.pick(this.clients);
    if (dice < 0.45) await this.publish();
    else if (dice < 0.6) client.acknowledge(this.random);
    else if (dice < 0.7) client.cut();
    else if (dice < 0.82) client.connect(this.pick(this.nodes));
    else if (dice < 0.88) await this.fallBehind();
    else if (dice < 0.91) await this.failOver();
    else await new Promise((resolve) => setImmediate(resolve));
  }

  private async publish(): Promise<void> {
    const again = this.random() < 0.3 && this.pick(this.published);
    const name = qualified(this.app, this.pick(['user:ada', 'user:bob', NAMED]));
    const one = again || { name, item: this.rig.notification(name), kept: true };
    one.kept = true;
    if (!again) this.published.push(one);
    await this.rig.log.append(one.name, [one.item]);
  }

  /** Stops replication: the replica gets no further writes. */
  private async fallBehind(): Promise<void> {
    if (this.replica) return;
    // One script, because a replica holds the primary's state of one moment.
    const dumps = (await this.redis.callBuffer('EVAL', DUMP_ALL, 0)) as [Buffer, Buffer][];
    const keys = dumps.map(([name, dump]): [string, Buffer] => [name.toString(), dump]);
    this.replica = { keys, kept: new Set(this.published.filter(({ kept }) => kept)) };
  }

  /** Makes the replica the primary. Writes that it lacks are lost. */
  private async failOver(): Promise<void> {
    if (!this.replica) return;
    const { keys, kept } = this.replica;
    this.replica = undefined;
    // From the swap on, even before a node notices it.
    for (const client of this.clients) client.forgiveOrder();
    const swap = this.redis.multi().flushdb();
    for (const [name, dump] of keys) swap.restore(name, 0, dump);
    await swap.exec();
    this.interrupt();
    for (const one of this.published) one.kept = kept.has(one);
  }

  protected async judge(): Promise<string[]> {
    if (this.replica) await this.failOver();
    const missing = (): string[] => this.clients.flatMap((client, index) => this.missingOf(client, index));
    try {
      await until(
        () => {
          for (const client of this.clients) {
            // Includes clients that a node has asked to come back.
            if (!client.online) client.connect(this.pick(this.nodes));
            client.acknowledge(this.random, true);
          }
          return missing().length === 0;
        },
        { timeoutMs: this.patienceMs, everyMs: 5, what: 'everybody has everything' },
      );
    } catch {
      return missing();
    }
    return this.clients.flatMap(({ faults, untold }) => [...faults, ...untold.map((offset) => `untold: ${offset}`)]);
  }

  private missingOf(client: StoryClient, index: number): string[] {
    const user = index < 2 ? 'user:ada' : 'user:bob';
    const owed = this.published.filter(({ name, kept }) => kept && (name.endsWith(user) || name.endsWith(NAMED)));
    return owed
      .filter(({ item }) => !client.seen.has(item.id))
      .map(({ name, item }) => `${item.id} of ${name} at client ${index}`);
  }
}
