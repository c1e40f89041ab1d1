import type { Delivery } from '../../support/ledger.js';
import type { BackoffOptions } from '../../support/backoff.js';
import type { Notification } from '../../support/frames.js';
import { ReferenceClient } from '../../support/reference-client.js';
import { seededRandom } from '../../support/seeded-random.js';
import { TokenMint } from '../../support/tokens.js';
import { inLanes } from '../../support/wait.js';
import { nowMs, percentile } from '../clock.js';
import { serve } from '../driver.js';
import { Journal } from '../journal.js';

export interface ClientsOptions {
  journal: string;
  urls: readonly string[];
  jwtSecret: string;
  users: readonly string[];
  topics?: readonly string[];
  /** Number of installations of each user, each with its own session. */
  perUser?: number;
  window?: number;
  /** Local address to connect from. */
  localAddress?: string;
  backoff?: BackoffOptions;
  /** True to start all clients at the first of the `urls`; otherwise they are spread over them. */
  together?: boolean;
  /** True to handle the first attempt of each notification without acknowledging it. */
  forgetful?: boolean;
  /** Number of clients that open at the same time at the start. */
  atOnce?: number;
  seed: number;
}

export interface Spread {
  count: number;
  p50Ms: number;
  p99Ms: number;
  maxMs: number;
}

export interface ClientStats {
  total: number;
  /** Number of open clients that have subscribed to all their topics. */
  open: number;
  handled: number;
  /** Number of connection attempts of all clients. */
  connections: number;
  /** Reasons of failed attempts, with their counts. */
  refusals: Record<string, number>;
  /** Number of clients that got a new session instead of resuming theirs. */
  notResumed: number;
  /** Times from the loss of a connection until the session was open again with all its topics. */
  resumes: Spread;
  /** Times from a client's return to the arrival of notifications published while it was away. */
  replays: Spread;
  /** Number of open sessions by node. */
  nodes: Record<string, number>;
  /** Names of clients that are not open, with the reasons; at most ten. */
  away: string[];
}

/** Lifetime of tokens, longer than any run. */
const TOKEN_MS = 86_400_000;

class ClientsProgram {
  private readonly clients: ReferenceClient[] = [];
  private resumesMs: number[] = [];
  private replaysMs: number[] = [];
  private readonly returnedAtMs = new Map<ReferenceClient, number>();
  private notResumed = 0;
  private readonly random: () => number;
  /** Times at which clients that are away started to come back. */
  private readonly returningSinceMs = new Map<ReferenceClient, number>();

  constructor(
    private readonly options: ClientsOptions,
    private readonly journal: Journal,
  ) {
    this.random = seededRandom(options.seed);
  }

  async open(): Promise<void> {
    const { users, perUser = 1, atOnce = 50 } = this.options;
    const mint = new TokenMint(this.options.jwtSecret);
    const names = users.flatMap((user) => Array.from({ length: perUser }, (_, n) => ({ user, name: `${user}#${n}` })));
    for (const [index, { user, name }] of names.entries()) {
      this.clients.push(this.client(name, await mint.sign(user, { ttlMs: TOKEN_MS, issuedAtMs: Date.now() }), index));
    }
    await inLanes(this.clients, atOnce, async (client) => void (await client.open(60_000)));
  }

  stats(): ClientStats {
    const { clients, resumesMs, notResumed } = this;
    const isOpen = (client: ReferenceClient): boolean => client.state === 'open' && !this.returningSinceMs.has(client);
    const open = clients.filter(isOpen);
    const refusals: Record<string, number> = {};
    const nodes: Record<string, number> = {};
    for (const client of clients) {
      for (const [reason, count] of client.refusals) refusals[reason] = (refusals[reason] ?? 0) + count;
    }
    for (const { node = '' } of open) nodes[node] = (nodes[node] ?? 0) + 1;
    const away = clients.filter((client) => !isOpen(client)).slice(0, 10);
    return {
      total: clients.length,
      open: open.length,
      handled: clients.reduce((sum, { handledCount }) => sum + handledCount, 0),
      connections: clients.reduce((sum, { connections }) => sum + connections, 0),
      refusals,
      nodes,
      notResumed,
      resumes: spread(resumesMs),
      replays: spread(this.replaysMs),
      away: away.map(({ user, state, closedReason = '' }) => `${user} ${state} ${closedReason}`),
    };
  }

  resetResumes(): void {
    this.replaysMs = [];
    this.resumesMs = [];
  }

  /** Cuts each connection with the given probability, by a plain TCP close or by a reset. */
  cut(share: number, how: 'close' | 'reset'): void {
    for (const client of this.some(share)) {
      if (how === 'reset') client.reset();
      else client.cut();
    }
  }

  /** Resets some connections, keeps their clients away for `awayMs`, then measures their return. */
  async offline(share: number, awayMs: number): Promise<void> {
    await Promise.all(this.some(share).map((client) => this.takeOffline(client, awayMs)));
  }

  /** Does the same as `offline` for every client whose number modulo `turns` is `turn`. */
  async offlineInTurn(turn: number, turns: number, awayMs: number): Promise<void> {
    const some = this.clients.filter((client, index) => index % turns === turn && client.state === 'open');
    await Promise.all(some.map((client) => this.takeOffline(client, awayMs)));
  }

  private async takeOffline(client: ReferenceClient, awayMs: number): Promise<void> {
    client.reset();
    await client.goOffline();
    setTimeout(() => {
      this.returningSinceMs.set(client, nowMs());
      this.returnedAtMs.set(client, nowMs());
      client.open(60_000).catch(() => undefined);
    }, awayMs);
  }

  /** Makes a share of the clients, the first ones, stop reading from their sockets, or continue. */
  pause(share: number, paused: boolean): string[] {
    const some = this.clients.slice(0, Math.ceil(this.clients.length * share));
    for (const client of some) client.pause(paused);
    return some.map(({ user = '' }) => user);
  }

  private noteReplay(client: ReferenceClient, { data }: Notification): void {
    const returnedAtMs = this.returnedAtMs.get(client);
    if (returnedAtMs !== undefined && sentAtMs(data) < returnedAtMs) this.replaysMs.push(nowMs() - returnedAtMs);
  }

  private some(share: number): ReferenceClient[] {
    return this.clients.filter(() => this.random() < share);
  }

  private client(name: string, token: string, index: number): ReferenceClient {
    const { urls, topics = [], window, localAddress, backoff = { capMs: 5_000, maxTries: 1_000 } } = this.options;
    const first = this.options.together ? 0 : index % urls.length;
    const { journal, returningSinceMs } = this;
    const noteDelivery = (delivery: Delivery): void => {
      if (delivery.outcome !== 'handled') void journal.write({ kind: 'delivery', ...delivery, atMs: nowMs() });
    };
    const client: ReferenceClient = new ReferenceClient({
      name,
      token: () => token,
      urls: [...urls.slice(first), ...urls.slice(0, first)],
      topics,
      backoff,
      acknowledges: ({ attempt }) => !this.options.forgetful || attempt > 1,
      ...(window !== undefined && { window }),
      ...(localAddress !== undefined && { localAddress }),
      ledger: {
        deliveries: { push: noteDelivery },
        holes: { push: (hole) => void journal.write({ kind: 'hole', ...hole }) },
        subscriptions: { push: (subscription) => void journal.write({ kind: 'subscription', ...subscription }) },
        left: { add: (session) => void journal.write({ kind: 'left', session }) },
      },
      handle: (notification) => {
        this.noteReplay(client, notification);
        return journal.write(handled(name, client.session ?? '', notification));
      },
      onLost: () => void returningSinceMs.set(client, nowMs()),
      onReady: (resumed) => {
        const sinceMs = returningSinceMs.get(client);
        if (sinceMs === undefined) return;
        if (!resumed) this.notResumed += 1;
        this.resumesMs.push(nowMs() - sinceMs);
        returningSinceMs.delete(client);
      },
    });
    return client;
  }
}

/** Journal entry of the application, on disk before the notification is acknowledged. */
function handled(client: string, session: string, notification: Notification): { kind: 'delivery' } & Delivery {
  const { topic, epoch, offset, id, attempt, data } = notification;
  const mark = (data as { mark?: string } | null)?.mark;
  const place = { client, session, topic, epoch, offset };
  return { kind: 'delivery', ...place, id, attempt, outcome: 'handled', atMs: nowMs(), ...(mark && { mark }) };
}

function sentAtMs(data: unknown): number {
  return (data as { sentAtMs?: number } | null)?.sentAtMs ?? Infinity;
}

function spread(numbers: readonly number[]): Spread {
  return {
    count: numbers.length,
    p50Ms: percentile(numbers, 0.5),
    p99Ms: percentile(numbers, 0.99),
    maxMs: percentile(numbers, 1),
  };
}

let program: ClientsProgram | undefined;
const running = (): ClientsProgram => {
  if (!program) throw new Error('not started');
  return program;
};

const calls = {
  start: async (options: ClientsOptions): Promise<void> => {
    program = new ClientsProgram(options, await Journal.open(options.journal));
    await program.open();
  },
  stats: (): ClientStats => running().stats(),
  resetResumes: (): void => running().resetResumes(),
  cut: (share: number, how: 'close' | 'reset'): void => running().cut(share, how),
  offline: (share: number, awayMs: number): Promise<void> => running().offline(share, awayMs),
  offlineInTurn: (turn: number, turns: number, awayMs: number): Promise<void> =>
    running().offlineInTurn(turn, turns, awayMs),
  pause: (share: number, paused: boolean): string[] => running().pause(share, paused),
};
export type ClientCalls = typeof calls;
serve(calls);
