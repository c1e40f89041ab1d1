import type { RedisNode } from './redis.node.js';

export interface FollowersOptions {
  /** Replicas that a write needs in any case. */
  readonly atLeast: number;
  /** How long, after a replica has left, what it does not hold does not count as held; 0 waits for no more than `atLeast`. */
  readonly settleMs: number;
}

/**
 * How many replicas a write waits for: all that follow its primary, and never fewer than `atLeast`.
 *
 * One that stops answering may have been promoted by Sentinels that no longer see the primary. Those that have not turned to it
 * yet would go on confirming writes to the old primary, which end with it. So after one has left nothing is confirmed for
 * `settleMs`: by then the others have turned, or there was no failover and fewer are enough (docs/adr/0007).
 */
export class Followers {
  private history?: string;
  private offset = 0;
  /** Of each number of replicas, from one on, since when so many were missing. */
  private missingSinceMs: (number | undefined)[];

  constructor(private readonly options: FollowersOptions) {
    this.missingSinceMs = this.present(options.atLeast);
  }

  /** Replicas that a write asks for. */
  get wanted(): number {
    return this.missingSinceMs.length;
  }

  /** Whether one has left and the others do not do yet. */
  get isSettling(): boolean {
    return this.missingSinceMs.at(-1) !== undefined;
  }

  /**
   * What `INFO` tells. Another history than the last is that of another primary, and begins anew. A replica counts where it has
   * what the primary had at the last look: `INFO` calls one online for a minute after it has hung.
   */
  learn({ history, offset, replicaOffsets }: RedisNode, nowMs: number): void {
    if (history === this.history) {
      this.count(replicaOffsets.filter((acknowledged) => acknowledged >= this.offset).length, nowMs);
    } else {
      this.history = history;
      this.missingSinceMs = this.present(this.expected(replicaOffsets.length));
    }
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
    const since = Array.from({ length: this.expected(Math.max(this.wanted, held)) }, (_, index) =>
      index < held ? undefined : (this.missingSinceMs[index] ?? nowMs),
    );
    const isSettled = (sinceMs: number | undefined): boolean => sinceMs !== undefined && nowMs - sinceMs >= settleMs;
    // The largest number has been missing the longest.
    while (since.length > atLeast && isSettled(since.at(-1))) since.pop();
    this.missingSinceMs = since;
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
