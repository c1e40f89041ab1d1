import { setTimeout as delay } from 'node:timers/promises';
import type { NotificationBody, Target } from '../../support/rest-types.js';
import { seededRandom } from '../../support/seeded-random.js';
import { nowMs } from '../clock.js';
import { serve } from '../driver.js';
import { Journal } from '../journal.js';
import { RoundRobin } from './round-robin.js';

export interface PublisherOptions {
  /** Prefix of its marks; unique in a run. */
  name: string;
  journal: string;
  urls: readonly string[];
  apiKey: string;
  ratePerSecond: number;
  /**
   * Number of concurrent publications. Each user belongs to one lane, so that the order of its
   * topic is known.
   */
  lanes: number;
  /** Receivers: each user in turn, one topic, or both, with every twentieth to the topic. */
  to: 'users' | { topic: string } | { mostly: 'users'; topic: string };
  users: readonly string[];
  seed: number;
  /** Further fields of the notifications. */
  body?: Partial<NotificationBody>;
  /** Bytes of padding in the data. */
  paddingBytes?: number;
  /** Time that a node has to answer before the next one is asked. */
  answerMs?: number;
  /** Time for which one publication is tried before it counts as unknown. */
  giveUpMs?: number;
  /** Share of accepted publications that are resent with their key, to another node. */
  repeats?: number;
}

export interface PublisherStats {
  accepted: number;
  refused: number;
  unknown: number;
  /** Number of publications resent with the same key after the answer. */
  repeated: number;
  /** Number of publications whose caller saw an error. */
  failed: number;
  /** Number of failed attempts, by status or code. */
  faults: Record<string, number>;
  /** Longest time without a 202, from the first one on. */
  acceptGapMs: number;
  lastAcceptAtMs: number;
}

class PublisherProgram {
  private readonly stats = { accepted: 0, refused: 0, unknown: 0, repeated: 0, acceptGapMs: 0, lastAcceptAtMs: 0 };
  private readonly nodes: RoundRobin;
  private readonly random: () => number;
  private stopping = false;
  private nextAtMs = nowMs();
  private done: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly options: PublisherOptions,
    private readonly journal: Journal,
  ) {
    const { urls, apiKey, answerMs = 2_000 } = options;
    this.nodes = new RoundRobin(urls, apiKey, answerMs, (node, what, mark) => {
      void journal.write({ kind: 'fault', node, what, mark, atMs: nowMs() });
    });
    this.random = seededRandom(options.seed);
  }

  start(): void {
    this.done = Promise.all(Array.from({ length: this.options.lanes }, (_, lane) => this.lane(lane)));
  }

  async stop(): Promise<PublisherStats> {
    this.stopping = true;
    await this.done;
    await this.journal.settled();
    return this.report();
  }

  report(): PublisherStats {
    const { acceptGapMs, lastAcceptAtMs } = this.stats;
    const silentMs = lastAcceptAtMs === 0 || this.stopping ? 0 : nowMs() - lastAcceptAtMs;
    const { failed, faults } = this.nodes;
    return { ...this.stats, acceptGapMs: Math.max(acceptGapMs, silentMs), failed, faults };
  }

  /** Restarts the measurement of the gap, for the next fault. */
  resetGap(): void {
    this.stats.acceptGapMs = 0;
  }

  private async lane(lane: number): Promise<void> {
    const users = this.options.users.filter((_, index) => index % this.options.lanes === lane);
    for (let n = 0; !this.stopping; n += 1) {
      await this.turn();
      if (!this.stopping) await this.publish(this.target(n, users), `${this.options.name}/${lane}/${n}`);
    }
  }

  /** Keeps the rate, without catching up after longer delays. */
  private async turn(): Promise<void> {
    const now = nowMs();
    const atMs = Math.max(this.nextAtMs, now - 100);
    this.nextAtMs = atMs + 1_000 / this.options.ratePerSecond;
    if (atMs > now) await delay(atMs - now);
  }

  private target(n: number, users: readonly string[]): Target {
    const { to } = this.options;
    if (to !== 'users' && (!('mostly' in to) || n % 20 === 19)) return { topic: to.topic };
    return { user: users[n % users.length] ?? '' };
  }

  private async publish(to: Target, mark: string): Promise<void> {
    const { body = {}, paddingBytes = 0, giveUpMs = 60_000 } = this.options;
    const startedAtMs = nowMs();
    const data = { mark, sentAtMs: startedAtMs, ...(paddingBytes > 0 && { padding: 'x'.repeat(paddingBytes) }) };
    const full: NotificationBody = { to, type: 'fault', ...body, data };
    void this.journal.write({ kind: 'publication', mark, outcome: 'unknown', startedAtMs });
    const outcome = await this.ask(full, mark, startedAtMs, giveUpMs);
    this.stats[outcome] += 1;
    if (outcome !== 'accepted' || this.random() >= (this.options.repeats ?? 0)) return;
    this.stats.repeated += 1;
    await this.ask(full, mark, startedAtMs, giveUpMs);
  }

  private async ask(
    body: NotificationBody,
    mark: string,
    startedAtMs: number,
    giveUpMs: number,
  ): Promise<'accepted' | 'refused' | 'unknown'> {
    const answer = await this.nodes.publish(body, mark, giveUpMs);
    if (answer === undefined) return 'unknown';
    const endedAtMs = nowMs();
    if (answer.status !== 202) {
      await this.journal.write({ kind: 'publication', mark, outcome: 'refused', startedAtMs, endedAtMs });
      return 'refused';
    }
    this.noteAccept(endedAtMs);
    const targets = answer.body.targets
      .filter(({ error }) => error === undefined)
      .map(({ topic, epoch, offset }) => ({ topic, epoch, offset }));
    const { id } = answer.body;
    await this.journal.write({ kind: 'publication', mark, outcome: 'accepted', id, targets, startedAtMs, endedAtMs });
    return 'accepted';
  }

  private noteAccept(atMs: number): void {
    const { lastAcceptAtMs, acceptGapMs } = this.stats;
    if (lastAcceptAtMs > 0) this.stats.acceptGapMs = Math.max(acceptGapMs, atMs - lastAcceptAtMs);
    this.stats.lastAcceptAtMs = atMs;
  }
}

let program: PublisherProgram | undefined;
const running = (): PublisherProgram => {
  if (!program) throw new Error('not started');
  return program;
};

const calls = {
  start: async (options: PublisherOptions): Promise<void> => {
    program = new PublisherProgram(options, await Journal.open(options.journal));
    program.start();
  },
  stop: (): Promise<PublisherStats> => running().stop(),
  stats: (): PublisherStats => running().report(),
  resetGap: (): void => running().resetGap(),
};
export type PublisherCalls = typeof calls;
serve(calls);
