import type { RedisPrimary } from './redis-primary.js';

export interface FollowersOptions {
  /** Minimum number of replicas for any write. */
  readonly atLeast: number;
  /**
   * How long after the loss of a replica nothing counts as confirmed without it; 0 waits for
   * exactly `atLeast`.
   */
  readonly settleMs: number;
}

/**
 * Longest failover, from the stop of a primary until the last replica follows the next one, in
 * multiples of `settleMs`.
 */
const FAILOVER_SETTLES = 4;
/** Maximum remembered histories, the newest last. */
const MAX_KNOWN = 16;

/**
 * Number of replicas a write waits for: all followers of its primary, and never fewer than
 * `atLeast`.
 *
 * A replica that stops answering may have been promoted by Sentinels that no longer see the
 * primary. The replicas that still follow the old primary would go on confirming writes that are
 * lost with it. So after a replica has left, nothing is confirmed for `settleMs`. By then the
 * others have switched, or there was no failover and fewer suffice (docs/adr/0007).
 *
 * A restarted primary begins a new history, and a failover decided during its absence may still
 * replace it. It needs all its former replicas for as long as the longest failover (docs/adr/0011).
 */
export class Followers {
  private known: readonly string[] = [];
  private offset = 0;
  /** For each number of replicas from one on: when it is given up if that many are missing. */
  private givenUpAtMs: (number | undefined)[];
  /** Until then, the primary may be about to be replaced; 0 if all replicas have followed it. */
  private doubtedUntilMs = 0;

  constructor(private readonly options: FollowersOptions) {
    this.givenUpAtMs = this.present(options.atLeast);
  }

  /** Number of replicas that a write asks for. */
  get wanted(): number {
    return this.givenUpAtMs.length;
  }

  /** True while a replica has left and the remaining ones are not sufficient yet. */
  get isSettling(): boolean {
    return this.givenUpAtMs.at(-1) !== undefined;
  }

  /** Longest time until fewer replicas suffice; infinite if they never will. */
  settlesInMs(nowMs: number): number {
    const { length } = this.givenUpAtMs;
    const atMs = length > this.options.atLeast ? this.givenUpAtMs.at(-1) : undefined;
    return atMs === undefined ? Infinity : Math.max(0, atMs - nowMs);
  }

  /**
   * Learns from `INFO`. A replica counts if it holds what the primary had at the previous look,
   * because `INFO` reports a hung replica as online for another minute. A promoted replica names
   * its former history and starts with its own followers. Any other new history belongs to a
   * primary that has restarted or is unknown to this process. A history that was left before
   * belongs to a replaced primary.
   * @param remembered number of former followers stored in the primary's data; 0 if none is stored.
   */
  learn({ history, formerHistory, offset, replicaOffsets }: RedisPrimary, remembered: number, nowMs: number): void {
    const following = replicaOffsets.length;
    if (history === this.known.at(-1)) {
      this.count(replicaOffsets.filter((acknowledged) => acknowledged >= this.offset).length, nowMs);
    } else if (this.known.includes(formerHistory) && !this.known.includes(history)) {
      this.doubtedUntilMs = 0;
      this.givenUpAtMs = this.present(this.expected(following));
    } else {
      const expected = this.expected(Math.max(this.wanted, remembered, following));
      const untilMs = nowMs + FAILOVER_SETTLES * this.options.settleMs;
      this.doubtedUntilMs = following < expected ? untilMs : 0;
      this.givenUpAtMs = this.present(expected).map((_, index) => (index < following ? undefined : untilMs));
    }
    this.known = [...this.known.filter((one) => one !== history), history].slice(-MAX_KNOWN);
    this.offset = offset;
  }

  /**
   * Evaluates the reply of `WAIT`.
   * @param asked value of `wanted` when it was sent.
   * @returns true if the write is confirmed.
   */
  confirms(held: number, asked: number, nowMs: number): boolean {
    // Replicas found since then do not invalidate an earlier write.
    if (held >= asked && held < this.wanted) return true;
    return this.count(held, nowMs);
  }

  private count(held: number, nowMs: number): boolean {
    const { atLeast, settleMs } = this.options;
    const leftAtMs = Math.max(nowMs + settleMs, this.doubtedUntilMs);
    const givenUpAtMs = Array.from({ length: this.expected(Math.max(this.wanted, held)) }, (_, index) =>
      index < held ? undefined : (this.givenUpAtMs[index] ?? leftAtMs),
    );
    const isGivenUp = (atMs: number | undefined): boolean => atMs !== undefined && nowMs >= atMs;
    // The largest number has been missing for the longest time.
    while (givenUpAtMs.length > atLeast && isGivenUp(givenUpAtMs.at(-1))) givenUpAtMs.pop();
    this.givenUpAtMs = givenUpAtMs;
    if (held >= this.wanted) this.doubtedUntilMs = 0;
    return held >= this.wanted;
  }

  private expected(replicas: number): number {
    const { atLeast, settleMs } = this.options;
    return settleMs === 0 ? atLeast : Math.max(atLeast, replicas);
  }

  private present(replicas: number): undefined[] {
    return Array.from({ length: replicas }, () => undefined);
  }
}
