import type { Append } from '../../src/topic/log-scripts.js';
import { qualified } from '../../src/topic/topic-namespaces.js';
import type { CoreRig } from '../support/core-rig.js';
import { until } from '../support/wait.js';
import type { GatewayNode } from './gateway-node.js';
import { NAMED, Story } from './story.js';
import type { StoryClient } from './story-client.js';

const STEPS = 60;
const LONGEST_SHORT_TTL_MS = 60;

interface Published {
  readonly name: string;
  readonly item: Append;
}

/**
 * Story in which clients acknowledge, refuse, lose frames, leave and return, while notifications
 * are published, cancelled and expire. At the end, the ledger is compared with the clients'
 * actions. The seed decides all random choices.
 */
export class LedgerStory extends Story {
  private readonly published: Published[] = [];

  constructor(
    seed: number,
    private readonly rig: CoreRig,
    nodes: readonly GatewayNode[],
    /** Time that all deliveries have to end. */
    private readonly patienceMs: number,
  ) {
    super(seed, `ledger${seed}`, nodes);
  }

  run(): Promise<string[]> {
    return this.tell(STEPS);
  }

  protected async step(): Promise<void> {
    const dice = this.random();
    const client = this.pick(this.clients);
    if (dice < 0.35) await this.publish();
    else if (dice < 0.5) client.acknowledge(this.random);
    else if (dice < 0.56) client.refuse(this.random);
    else if (dice < 0.62) client.cut();
    else if (dice < 0.74) client.connect(this.pick(this.nodes));
    else if (dice < 0.8) client.deafen();
    else if (dice < 0.86) await this.cancel();
    else if (dice < 0.88) await this.rig.alarms.wake(this.names, true);
    else await new Promise((resolve) => setTimeout(resolve, this.random() * LONGEST_SHORT_TTL_MS));
  }

  private async publish(): Promise<void> {
    const name = this.pick(this.names);
    const policy = this.pick(['any', 'all', 'all', 'none'] as const);
    const ttlMs = this.random() < 0.4 ? Math.ceil(this.random() * LONGEST_SHORT_TTL_MS) : 3_600_000;
    const item = this.rig.notification(name, { policy, expiresAtMs: this.rig.clock.now() + ttlMs });
    this.published.push({ name, item });
    await this.rig.log.append(name, [item]);
  }

  private async cancel(): Promise<void> {
    const one = this.pick(this.published);
    if (one) await this.rig.log.cancel(one.item.id, one.name);
  }

  private get names(): string[] {
    return ['user:ada', 'user:bob', NAMED].map((topic) => qualified(this.app, topic));
  }

  protected async judge(): Promise<string[]> {
    let wrong: string[] = [];
    const settled = async (): Promise<boolean> => {
      for (const client of this.clients) {
        if (!client.online || client.isDeaf) client.connect(this.pick(this.nodes));
        client.acknowledge(this.random, true);
      }
      await this.rig.alarms.wake(this.names, true);
      wrong = (await Promise.all(this.published.map((one) => this.wrongOf(one)))).flat();
      return wrong.length === 0;
    };
    await until(settled, { timeoutMs: this.patienceMs, everyMs: 10 }).catch(() => undefined);
    const seen = this.clients.flatMap(({ faults, passed, untold }) => [
      ...faults,
      ...passed.map((offset) => `passed: ${offset}`),
      ...untold.map((offset) => `untold: ${offset}`),
    ]);
    return [...seen, ...wrong];
  }

  /**
   * Returns differences between the ledger and the clients' actions, and deliveries that did not
   * end.
   */
  private async wrongOf({ name, item: { id, policy } }: Published): Promise<string[]> {
    const delivery = await this.rig.receipts.delivery(id, name);
    if (!delivery) return [`${id} is unknown`];
    const { state, acked, refused, pending, total, expiresAtMs, endedBy, notes } = delivery;
    const clientOf = (session: string): StoryClient | undefined => this.clients.find((one) => one.session === session);
    const isOver = expiresAtMs <= this.rig.clock.now();
    const { items: listed } = await this.rig.receipts.recipients(id, delivery, '', 10);
    const count = (wanted: string): number => listed.filter((one) => one.state === wanted).length;
    const wrong: string[] = [];
    if (policy !== 'none' && state === 'pending') wrong.push('has no end');
    if (acked !== count('acked') || refused !== count('refused') || pending !== count('pending'))
      wrong.push(`counts ${acked}/${refused}/${pending} of ${total}, lists ${JSON.stringify(listed)}`);
    if (state === 'acked' && acked === 0) wrong.push('ended as acknowledged by nobody');
    if (endedBy !== undefined && !clientOf(endedBy)?.acknowledged.has(id)) wrong.push(`was ended by ${endedBy}`);
    const refusers = this.clients.filter((client) => client.refused.has(id)).length;
    if (notes.filter(({ event }) => event === 'nacked').length > refusers) wrong.push('has more nacks than refusals');
    if (state === 'dead' && refusers === 0) wrong.push('is dead although nobody refused it');
    for (const { session, state: said } of listed) {
      const client = clientOf(session);
      if (said === 'acked' && !client?.acknowledged.has(id)) wrong.push(`${session} is said to have acknowledged it`);
      if (said === 'refused' && !client?.refused.has(id)) wrong.push(`${session} is said to have refused it`);
      // A delivery ended by another session may have expired before a later ack, which then has no
      // effect.
      if (state === 'acked' && !isOver && said !== 'acked' && client?.acknowledged.has(id))
        wrong.push(`${session} is said not to have acknowledged it`);
    }
    return wrong.map((text) => `${id} of ${name} (${policy}, ${state}) ${text}`);
  }
}
