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
  /**
   * Minimum replicas that must hold the writes of a batch before its calls are answered; 0 for
   * none.
   */
  readonly replicas: number;
  readonly confirmTimeoutMs: number;
  /** As in `FollowersOptions`. */
  readonly settleMs: number;
  /** Maximum waiting calls; more are refused. */
  readonly maxWaiting: number;
  readonly meter: LaneMeter;
}

/** Measurements of one lane. */
export interface LaneMeter {
  /** Time from a batch to its replies; with `WAIT`, until the replicas hold it. */
  readonly roundTrips: { observe(seconds: number): void };
  /** Rejected calls. */
  readonly failures: { inc(by: number): void };
  /** Records the words with which Redis refuses. */
  refused(words: string): void;
}

const MAX_BATCH = 512;
const PROBE_MS = 1_000;
/**
 * Key written before each `WAIT`. Without a write, it would count what replicas held long ago, even
 * cut-off ones.
 */
const BEAT = 'beat';
/** Key with the number of followers when all were there. */
const FOLLOWERS = 'followers';

/**
 * Group commit of script calls: while one batch is in progress, later calls collect for the next.
 * There is no timer, so an idle shard adds no latency.
 *
 * If replicas are required, `WAIT` ends the pipeline. It confirms the writes of its own connection
 * only (https://redis.io/docs/latest/commands/wait/), by every replica that follows (`Followers`).
 * Calls are answered after the confirm; a short confirm rejects the whole batch as `unconfirmed`.
 * After NOSCRIPT or a moved slot the whole batch runs again, because its `WAIT` would not cover a
 * single script sent again after it. So these scripts must be idempotent. Without replicas, only
 * the calls that did not run are sent again.
 */
export class ScriptShard {
  private waiting: Call[] = [];
  private underWay = 0;
  private isBusy = false;
  private lookDue = true;
  /** True if the known replicas are those of the connected primary. */
  private isSure = false;
  private readonly followers: Followers;
  /**
   * Set while confirms fall short: new calls are refused at once, except one probe every
   * `PROBE_MS`.
   */
  private refusedUntil = 0;
  private unableSinceMs: number | undefined;

  constructor(
    private readonly client: RedisClient,
    private readonly options: ShardOptions,
    /** Partition whose prefix routes a question to the primary of this shard. */
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

  /** True if confirms fall short, as far as is known. */
  get isShort(): boolean {
    return this.refusedUntil > 0 || this.followers.isSettling;
  }

  /** Tries again at once, since Redis and perhaps its replicas are back. */
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
   * Runs between two batches, so that it sees the primary of the next one. The number of followers
   * is also stored in the data, for processes that see this primary for the first time.
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
      // The next batch reports the error.
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
      // An error before the confirm says nothing about the replicas.
      if (error) {
        this.doubt();
        return runs.map((_, index) => (replies[index]?.[0] ? this.outcomeOf(replies[index]) : this.unconfirmed()));
      }
      const nowMs = performance.now();
      const confirmed = typeof held === 'number' && this.followers.confirms(held, wanted, nowMs) && this.isSure;
      this.refusedUntil = confirmed ? 0 : nowMs + PROBE_MS;
      if (!confirmed) {
        // It may be another primary now, or the same one after a restart.
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

  /** How long no call has succeeded, in milliseconds. */
  private get unableMs(): number {
    return this.unableSinceMs === undefined ? 0 : performance.now() - this.unableSinceMs;
  }

  private note(outcomes: readonly unknown[]): void {
    if (outcomes.some((outcome) => !(outcome instanceof PostriderError))) this.unableSinceMs = undefined;
    else this.unableSinceMs ??= performance.now();
  }
}

/** True if Redis refused the call without running its script. */
function isUnrun(error: Error | null | undefined): boolean {
  return error ? /^(NOSCRIPT|MOVED|ASK|TRYAGAIN|CLUSTERDOWN)/.test(error.message) : false;
}

const unavailable = (unableMs: number, cause?: unknown): PostriderError =>
  new PostriderError('redis_unavailable', undefined, { retryAfterMs: retryWaitMs(unableMs), cause });
