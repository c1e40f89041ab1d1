import { seededRandom } from '../support/seeded-random.js';
import { until } from '../support/wait.js';
import type { GatewayNode } from './gateway-node.js';
import { StoryClient } from './story-client.js';

/** Topic that every client of a story subscribes to. */
export const NAMED = 'news';
/** Value of `WS_WINDOW` on the nodes. */
const WINDOW = 4;

/** Two sessions of one user and one of another, on some nodes, with seeded randomness. */
export abstract class Story {
  protected readonly clients: readonly StoryClient[];
  protected readonly random: () => number;

  constructor(
    seed: number,
    protected readonly app: string,
    protected readonly nodes: readonly GatewayNode[],
  ) {
    this.random = seededRandom(seed);
    this.clients = ['ada', 'ada', 'bob'].map((user) => {
      const identity = { user, app, expiresAtMs: Number.MAX_SAFE_INTEGER, topics: ['*'], publish: [] };
      return new StoryClient(identity, [NAMED], WINDOW);
    });
  }

  protected abstract step(): Promise<void>;
  protected abstract judge(): Promise<string[]>;

  /** @returns the promises that were broken; empty if there are none. */
  protected async tell(steps: number): Promise<string[]> {
    for (const client of this.clients) client.connect(this.pick(this.nodes));
    await until(() => this.clients.every((client) => client.isIn(NAMED)), { what: 'everybody is there', everyMs: 2 });
    for (let step = 0; step < steps; step++) await this.step();
    const faults = await this.judge();
    for (const client of this.clients) client.cut();
    return faults;
  }

  protected pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.random() * items.length)] as T;
  }
}
