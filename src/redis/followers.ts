import type { RedisPrimary } from './redis-primary.js';

export interface FollowersOptions {
  /** Replicas that a write needs in any case. */
  readonly atLeast: number;
  /** How long, after a replica has left, what it does not hold does not count as held; 0 waits for no more than `atLeast`. */
  readonly settleMs: number;
}

/** A whole failover, from a primary that stops to the last replica that turns to the next one, as a multiple of `settleMs`. */
const FAILOVER_SETTLES = 4;
/** Histories that are kept in mind, the newest last. */
const MAX_KNOWN = 16;

/**
 * How many replicas a write waits for: all that follow its primary, and never fewer than `atLeast`.
 *
 * One that stops answering may have been promoted by Sentinels that no longer see the primary. Those that have not turned to it
 * yet would go on confirming writes to the old primary, which end with it. So after one has left nothing is confirmed for
 * `settleMs`: by then the others have turned, or there was no failover and fewer are enough (docs/adr/0007).
 *
 * A primary that restarts begins a new history, and a failover decided while it was away may still replace it. It needs
 * all replicas that followed before, for as long as a whole failover may take (docs/adr/0011).
 */
export class Followers {
  private known: readonly string[] = [];
  private offset = 0;
  /** Of each number of replicas, from one on, when it is given up where so many are missing. */
  private givenUpAtMs: (number | undefined)[];
  /** Until then the primary may be about to be replaced; 0 where all have followed it. */
  private doubtedUntilMs = 0;

  constructor(private readonly options: FollowersOptions) {
    this.givenUpAtMs = this.present(options.atLeast);
  }

  /** Replicas that a write asks for. */
  get wanted(): number {
    return this.givenUpAtMs.length;
  }

  /** Whether one is missing and the others do not do yet. */
  get isSettling(): boolean {
    return this.givenUpAtMs.at(-1) !== undefined;
  }

  /** How long it takes at most until fewer are enough; infinite where no fewer will be. */
  settlesInMs(nowMs: number): number {
    const { length } = this.givenUpAtMs;
    const atMs = length > this.options.atLeast ? this.givenUpAtMs.at(-1) : undefined;
    return atMs === undefined ? Infinity : Math.max(0, atMs - nowMs);
  }

  /**
   * What `INFO` tells. A replica counts where it has what the primary had at the last look: `INFO` calls it online for a
   * minute after it has hung. A replica that was promoted names the history that it followed, and begins with those that
   * follow it. Any other new history is that of a primary that has restarted, or that this process knows nothing about; one
   * that has been left is that of a primary that was replaced.
   * @param remembered how many followed before, as the data of the primary have it; 0 where they do not.
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
   * What `WAIT` answers.
   * @param asked what `wanted` was when it was sent.
   * @returns whether the write is confirmed.
   */
  confirms(held: number, asked: number, nowMs: number): boolean {
    // More have been found since: they do not miss what was sent before.
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
    // The largest number has been missing the longest.
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
