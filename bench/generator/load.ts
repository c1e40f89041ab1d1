import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer } from './answer-parser.js';
import type { LoadOrder, LoadReport, Receivers } from './commands.js';
import type { Destination, Dialect, Message } from './dialects/dialect.js';
import { watchEffort } from './effort.js';
import { markedData } from './marker.js';
import type { PostPool } from './post-pool.js';
import { encoded, Tally } from './tally.js';

/** Size of each message's data. */
export const DATA_BYTES = 128;
/** Time for pending deliveries at the end. The slowest peer retries every second. */
const DRAIN_MS = 15_000;
const POLL_MS = 5;
/** Normal lateness of timers. A later send counts from its intended time. */
const TIMER_SLACK_MS = 2;

/** Period of publishing, in a closed or an open loop. */
export class Load {
  readonly tally: Tally;
  private readonly copies: number;
  private refused = 0;
  private refusal?: string;
  private endsAtMs = 0;

  constructor(
    private readonly order: LoadOrder,
    private readonly dialect: Dialect,
    private readonly pool: PostPool,
    first: number,
  ) {
    this.tally = new Tally(first);
    this.copies = 'topic' in order.to ? order.to.subscribers : 1;
  }

  async run(): Promise<LoadReport> {
    const { pace, durationMs } = this.order;
    const { tally } = this;
    const effort = watchEffort();
    const startedAtMs = performance.now();
    this.endsAtMs = startedAtMs + durationMs;
    const { batch = 1 } = pace;
    if ('inFlight' in pace) await this.closedLoop(pace.inFlight, batch);
    else await this.openLoop(pace.perSecond, batch, startedAtMs);
    const seconds = (performance.now() - startedAtMs) / 1_000;
    const spent = effort();
    const deliveredPerSecond = tally.delivered / seconds;
    const perSecond = tally.posts.length / seconds;
    await this.drained();
    const { posts, expected, delivered, twice, latency } = tally;
    return {
      ...spent,
      published: posts.length,
      perSecond,
      expected,
      delivered,
      deliveredPerSecond,
      lost: expected - delivered,
      twice,
      refused: this.refused,
      ...(this.refusal !== undefined && { refusal: this.refusal }),
      latency: encoded(latency),
    };
  }

  private async closedLoop(inFlight: number, batch: number): Promise<void> {
    const next = (): void => {
      const nowMs = performance.now();
      if (nowMs < this.endsAtMs) this.post(batch, nowMs, next);
    };
    for (let lane = 0; lane < inFlight; lane += 1) next();
    await sleep(this.endsAtMs - performance.now());
  }

  private async openLoop(perSecond: number, batch: number, startedAtMs: number): Promise<void> {
    const everyMs = 1_000 / perSecond;
    for (let dueAtMs = startedAtMs; dueAtMs < this.endsAtMs;) {
      const nowMs = performance.now();
      for (; dueAtMs <= nowMs && dueAtMs < this.endsAtMs; dueAtMs += everyMs) {
        this.post(batch, nowMs - dueAtMs > TIMER_SLACK_MS ? dueAtMs : nowMs, () => undefined);
      }
      await sleep(1);
    }
  }

  private post(count: number, atMs: number, over: () => void): void {
    const first = this.tally.next;
    const messages = Array.from({ length: count }, (_, n) => this.message(first + n));
    const post = this.tally.issue(count, this.copies, atMs, over);
    this.pool.post(requestOf(this.dialect, messages), (answer) => {
      if (isAccepted(answer)) return this.tally.answered(post);
      this.refused += 1;
      this.refusal ??= `${answer.status} ${answer.body.slice(0, 200)}`;
      // A lane whose POST is refused immediately must not spin.
      setTimeout(() => this.tally.refused(post, count), 10);
    });
  }

  private message(sequence: number): Message {
    const { to, care } = this.order;
    return { to: destination(to, sequence), data: markedData(sequence, DATA_BYTES), care };
  }

  private async drained(): Promise<void> {
    const untilMs = performance.now() + DRAIN_MS;
    while (this.tally.open > 0 && performance.now() < untilMs) await sleep(POLL_MS);
  }
}

function destination(to: Receivers, sequence: number): Destination {
  return 'topic' in to ? { topic: to.topic } : { user: userOf(to, sequence) };
}

/** Returns the user of a message. Users take turns, so its number determines the user. */
export function userOf({ prefix, count }: { prefix: string; count: number }, sequence: number): string {
  return `${prefix}-${sequence % count}`;
}

export function requestOf({ publish, batch }: Dialect, messages: readonly Message[]): string {
  const [first] = messages;
  if (first && messages.length === 1) return publish(first);
  if (!batch) throw new Error('this system takes no batches');
  return batch(messages);
}

/** True if every item was accepted. A batch has one result per item. */
export function isAccepted({ status, body }: Answer): boolean {
  return status >= 200 && status < 300 && !/"status":[345]/.test(body);
}
