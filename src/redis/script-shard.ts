import { PostriderError } from '../contract/postrider-error.js';
import { retryWaitMs } from '../contract/retry-wait.js';
import { Followers } from './followers.js';
import { type Command, type Reply, sendInOrder } from './in-order.js';
import { partitionPrefix } from '../contract/partition.js';
import type { RedisClient } from './redis-factory.js';
import { primaryOf } from './redis-primary.js';
import { isRefusal, reasonOf } from './redis-reason.js';
import { type Call, type Run, runsOf, settle } from './script-run.js';

export interface ShardOptions {
  readonly keyPrefix: string;
  /** Replicas that must at least hold the writes of a batch before its calls are answered; 0 asks for none. */
  readonly replicas: number;
  readonly confirmTimeoutMs: number;
  /** As of `FollowersOptions`. */
  readonly settleMs: number;
  /** Calls that may wait; further ones are refused. */
  readonly maxWaiting: number;
  readonly meter: LaneMeter;
}

/** Takes measure of one lane. */
export interface LaneMeter {
  /** From a batch to its replies; with a `WAIT`, until the replicas have it. */
  readonly roundTrips: { observe(seconds: number): void };
  /** Calls that were rejected. */
  readonly failures: { inc(by: number): void };
  /** Takes note of the words with which Redis refuses. */
  refused(words: string): void;
}

const MAX_BATCH = 512;
const PROBE_MS = 1_000;
/** Written before each `WAIT`: without a write it would count what replicas held long ago, also those that are cut off. */
const BEAT = 'beat';
/** How many replicas followed when all were there. */
const FOLLOWERS = 'followers';

/**
 * Group commit of script calls: one batch is under way, whatever arrives meanwhile goes with the next. No timer, so an idle
 * shard adds no latency.
 *
 * Where replicas are asked for, `WAIT` ends the pipeline: it confirms the writes of its own connection only
 * (https://redis.io/docs/latest/commands/wait/), by every replica that follows (`Followers`). A call is answered after the
 * confirm; a short one rejects the whole batch as `unconfirmed`. After NOSCRIPT or a moved slot the whole batch runs again
 * there, because a script sent again behind its `WAIT` would not be covered by it, so these scripts must be harmless when
 * run twice. Without replicas only the calls that did not run are sent again.
 */
export class ScriptShard {
  private waiting: Call[] = [];
  private underWay = 0;
  private isBusy = false;
  private lookDue = true;
  /** Whether what is known of the replicas is of the primary that the connection leads to. */
  private isSure = false;
  private readonly followers: Followers;
  /** Set while confirms come short: new calls are refused at once, but for one probe in `PROBE_MS`. */
  private refusedUntil = 0;
  private unableSinceMs: number | undefined;

  constructor(
    private readonly client: RedisClient,
    private readonly options: ShardOptions,
    /** Whose prefix leads a question to the primary of this shard. */
    private readonly partition: number,
  ) {
    this.followers = new Followers({ atLeast: options.replicas, settleMs: options.settleMs });
  }

  get depth(): number {
    return this.waiting.length + this.underWay;
  }

  get wanted(): number {
    return this.followers.wanted;
  }

  /** Whether confirms come short, as far as is known. */
  get isShort(): boolean {
    return this.refusedUntil > 0 || this.followers.isSettling;
  }

  /** Redis is back, and with it perhaps the replicas. */
  retry(): void {
    this.refusedUntil = 0;
    this.isSure = false;
    this.lookSoon();
  }

  lookSoon(): void {
    this.lookDue = true;
    this.wake();
  }

  add(call: Call): void {
    if (this.refusedUntil > 0) {
      if (performance.now() < this.refusedUntil) return this.refuse(call, this.unconfirmed());
      this.refusedUntil = performance.now() + PROBE_MS;
    }
    if (this.waiting.length >= this.options.maxWaiting) return this.refuse(call, new PostriderError('overloaded'));
    this.waiting.push(call);
    this.wake();
  }

  private refuse(call: Call, error: PostriderError): void {
    this.options.meter.failures.inc(1);
    call.reject(error);
  }

  private wake(): void {
    if (this.isBusy) return;
    this.isBusy = true;
    queueMicrotask(() => void this.drain());
  }

  private async drain(): Promise<void> {
    while (this.waiting.length > 0 || this.lookDue) {
      if (this.lookDue) await this.look();
      const batch = this.waiting.splice(0, MAX_BATCH);
      if (batch.length === 0) continue;
      this.underWay = batch.length;
      const runs = runsOf(batch);
      const sentAtMs = performance.now();
      const outcomes = await this.send(runs, false);
      const { roundTrips, failures } = this.options.meter;
      roundTrips.observe((performance.now() - sentAtMs) / 1_000);
      this.underWay = 0;
      this.note(outcomes);
      runs.forEach((run, index) => {
        const outcome = outcomes[index];
        if (outcome instanceof PostriderError) failures.inc(run.calls.length);
        settle(run, outcome);
      });
    }
    this.isBusy = false;
  }

  /**
   * Between two batches, so that what it finds is of the primary that the next one goes to. How many replicas follow is kept in
   * the data as well, for a process that sees this primary for the first time.
   */
  private async look(): Promise<void> {
    this.lookDue = false;
    const { replicas, settleMs } = this.options;
    if (replicas === 0) return;
    try {
      const [there, info] = await sendInOrder(this.client, [
        ['get', [this.key(FOLLOWERS)]],
        ['info', ['replication']],
        this.beat,
      ]);
      if (there?.[0] || typeof info?.[1] !== 'string') return;
      const remembered = Number(there?.[1] ?? 0);
      this.followers.learn(primaryOf(info[1]), remembered, performance.now());
      this.isSure = true;
      if (this.followers.isSettling) return;
      this.refusedUntil = 0;
      if (settleMs > 0 && remembered !== this.wanted)
        await sendInOrder(this.client, [['set', [this.key(FOLLOWERS), this.wanted]]]);
    } catch {
      // The next batch tells what is wrong.
    }
  }

  private get beat(): Command {
    return ['set', [this.key(BEAT), '']];
  }

  private key(name: string): string {
    return partitionPrefix(this.options.keyPrefix, this.partition) + name;
  }

  private doubt(): void {
    this.isSure = false;
    this.lookDue = true;
  }

  private async send(runs: readonly Run[], resend: boolean): Promise<unknown[]> {
    const { replicas, confirmTimeoutMs, keyPrefix } = this.options;
    const commands = runs.map(({ script, partitions, args }): Command => {
      const keys = partitions.map((partition) => partitionPrefix(keyPrefix, partition));
      return resend
        ? ['eval', [script.source, keys.length, ...keys, ...args]]
        : ['evalsha', [script.sha, keys.length, ...keys, ...args]];
    });
    const { wanted } = this.followers;
    if (replicas > 0) commands.push(this.beat, ['wait', [wanted, confirmTimeoutMs]]);
    let replies: readonly Reply[];
    try {
      replies = await sendInOrder(this.client, commands);
    } catch (error) {
      this.doubt();
      return runs.map(() => unavailable(this.unableMs, error));
    }
    const refusal = replies.find(([error]) => error && isRefusal(error))?.[0];
    if (refusal) this.options.meter.refused(reasonOf(refusal).text);
    const unrun = runs.filter((_, index) => isUnrun(replies[index]?.[0]));
    if (!resend && unrun.length > 0) {
      this.doubt();
      if (replicas > 0) {
        await this.look();
        return this.send(runs, true);
      }
      const late = await this.send(unrun, true);
      return runs.map((run, index) => {
        const place = unrun.indexOf(run);
        return place < 0 ? this.outcomeOf(replies[index]) : late[place];
      });
    }
    if (replicas > 0) {
      const [[unwritten] = [null], [error, held] = [null]] = replies.slice(-2);
      if (unwritten && !error && !unwritten.message.startsWith('OOM'))
        return runs.map(() => this.outcomeOf([unwritten]));
      // Without an answer there is none about the replicas: those that were not answered either did not fail for want of them.
      if (error) {
        this.doubt();
        return runs.map((_, index) => (replies[index]?.[0] ? this.outcomeOf(replies[index]) : this.unconfirmed()));
      }
      const nowMs = performance.now();
      const confirmed = typeof held === 'number' && this.followers.confirms(held, wanted, nowMs) && this.isSure;
      this.refusedUntil = confirmed ? 0 : nowMs + PROBE_MS;
      if (!confirmed) {
        // It may be another primary, or the same after a restart.
        this.lookDue = true;
        return runs.map(() => this.unconfirmed());
      }
    }
    return runs.map((_, index) => this.outcomeOf(replies[index]));
  }

  private outcomeOf([error, reply]: Reply = [new Error('no reply')]): unknown {
    return error ? unavailable(this.unableMs, error) : reply;
  }

  private unconfirmed(): PostriderError {
    const retryAfterMs = retryWaitMs(this.unableMs, this.followers.settlesInMs(performance.now()));
    return new PostriderError('unconfirmed', undefined, { retryAfterMs });
  }

  /** For how long nothing that was asked of it was done. */
  private get unableMs(): number {
    return this.unableSinceMs === undefined ? 0 : performance.now() - this.unableSinceMs;
  }

  private note(outcomes: readonly unknown[]): void {
    if (outcomes.some((outcome) => !(outcome instanceof PostriderError))) this.unableSinceMs = undefined;
    else this.unableSinceMs ??= performance.now();
  }
}

/** Redis has refused the call without running its script. */
function isUnrun(error: Error | null | undefined): boolean {
  return error ? /^(NOSCRIPT|MOVED|ASK|TRYAGAIN|CLUSTERDOWN)/.test(error.message) : false;
}

const unavailable = (unableMs: number, cause?: unknown): PostriderError =>
  new PostriderError('redis_unavailable', undefined, { retryAfterMs: retryWaitMs(unableMs), cause });
