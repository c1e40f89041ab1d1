import { setTimeout as sleep } from 'node:timers/promises';
import { inLanes } from '../../test/support/wait.js';
import { seededRandom } from '../../test/support/seeded-random.js';
import { Client } from './client.js';
import type {
  ConnectOrder,
  ConnectReport,
  IdleReport,
  LoadOrder,
  LoadReport,
  Losses,
  ReturnOrder,
  ReturnReport,
  StoreOrder,
  Target,
  Users,
} from './commands.js';
import { DIALECTS } from './dialects/dialects.js';
import type { Dialect, Message } from './dialects/dialect.js';
import { watchEffort } from './effort.js';
import { DATA_BYTES, isAccepted, Load, requestOf, userOf } from './load.js';
import { markedData } from './marker.js';
import { PostPool } from './post-pool.js';
import { emptyHistogram, encoded, recordMs, type Tally } from './tally.js';

const HANDSHAKES_AT_ONCE = 100;
const STORES_AT_ONCE = 8;
const STORED_BATCH = 500;

/** Clients and publishers of one generator. */
export class Crew {
  private readonly dialect: Dialect;
  private readonly pool: PostPool;
  private readonly clients = new Map<string, Client>();
  private tally?: Tally;
  private next = 1;
  private losses: Losses = { dropped: 0 };

  constructor(private readonly target: Target) {
    this.dialect = DIALECTS[target.system](target);
    this.pool = new PostPool(target.port);
  }

  async connect({ users, topic }: ConnectOrder): Promise<ConnectReport> {
    this.losses = { dropped: 0 };
    const clients = Array.from({ length: users.count }, (_, n) => this.client(userOf(users, n), topic));
    const startedAtMs = performance.now();
    await inLanes(clients, HANDSHAKES_AT_ONCE, (client) => client.open());
    return { tookMs: performance.now() - startedAtMs };
  }

  /** Ends every connection. */
  async disconnect(): Promise<undefined> {
    for (const client of this.clients.values()) client.drop();
    this.clients.clear();
  }

  /**
   * Stores messages without waiting for their delivery, whether or not their users are connected.
   */
  async store({ users, count, care }: StoreOrder): Promise<undefined> {
    const batches = Array.from({ length: Math.ceil(count / STORED_BATCH) }, (_, n) => n * STORED_BATCH);
    await inLanes(batches, STORES_AT_ONCE, async (from) => {
      const length = Math.min(STORED_BATCH, count - from);
      const messages = Array.from({ length }, (_, n): Message => {
        return { to: { user: userOf(users, from + n) }, data: markedData(0, DATA_BYTES), care };
      });
      await this.accepted(requestOf(this.dialect, messages));
    });
  }

  load(order: LoadOrder): Promise<LoadReport & Losses> {
    return this.run(this.newLoad(order));
  }

  async idle({ durationMs }: { durationMs: number }): Promise<IdleReport> {
    const effort = watchEffort();
    await sleep(durationMs);
    return { ...effort(), ...this.losses };
  }

  /** Publishes constantly, while every client disconnects at once and returns at a random time. */
  async comeBack({ users, perSecond, aroundMs, jitterMs, seed }: ReturnOrder): Promise<ReturnReport> {
    const durationMs = 2 * aroundMs + jitterMs;
    const load = this.newLoad({ to: users, pace: { perSecond }, care: 'recovered', durationMs });
    const first = load.tally.next;
    const running = this.run(load);
    await sleep(aroundMs);
    const random = seededRandom(seed);
    const droppedAtMs = performance.now();
    for (const client of this.clients.values()) client.drop();
    const backAtMs = new Map<string, number>();
    await Promise.all(
      [...this.clients.values()].map(async (client) => {
        await sleep(random() * jitterMs);
        await client.open();
        backAtMs.set(client.user, performance.now());
      }),
    );
    const allBackMs = performance.now() - droppedAtMs;
    const report = await running;
    return { ...report, allBackMs, ...missedMessages(load.tally, first, users, droppedAtMs, backAtMs) };
  }

  private newLoad(order: LoadOrder): Load {
    return new Load(order, this.dialect, this.pool, this.next);
  }

  private async run(load: Load): Promise<LoadReport & Losses> {
    this.tally = load.tally;
    const report = await load.run();
    this.next = load.tally.next;
    return { ...report, ...this.losses };
  }

  private client(user: string, topic: string | undefined): Client {
    const events = {
      arrived: (sequence: number) => this.tally?.arrived(sequence),
      lost: (reason: string) => {
        this.losses = { dropReason: reason, ...this.losses, dropped: this.losses.dropped + 1 };
      },
    };
    const client = new Client(user, topic, this.dialect, this.target.port, events);
    this.clients.set(user, client);
    return client;
  }

  private accepted(request: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.pool.post(request, (answer) => {
        if (isAccepted(answer)) resolve();
        else reject(new Error(`answered ${answer.status} ${answer.body.slice(0, 200)}`));
      });
    });
  }
}

/**
 * Evaluates the messages published while their user was away: number, arrival of the last one, and
 * delays.
 */
function missedMessages(
  { posts, arrivedAtMs }: Tally,
  first: number,
  users: Users,
  droppedAtMs: number,
  backAtMs: ReadonlyMap<string, number>,
): { missed: number; caughtUpMs: number; latency: string } {
  const latency = emptyHistogram();
  let caughtUpMs = 0;
  let missed = 0;
  for (const [n, { publishedAtMs }] of posts.entries()) {
    const awayUntilMs = backAtMs.get(userOf(users, first + n)) ?? 0;
    if (publishedAtMs < droppedAtMs || publishedAtMs >= awayUntilMs) continue;
    missed += 1;
    const arrivalMs = arrivedAtMs[n] ?? 0;
    if (arrivalMs === 0) continue;
    caughtUpMs = Math.max(caughtUpMs, arrivalMs - droppedAtMs);
    recordMs(latency, arrivalMs - publishedAtMs);
  }
  return { missed, caughtUpMs, latency: encoded(latency) };
}
