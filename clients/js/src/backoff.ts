/** How the client comes back. */
export interface BackoffOptions {
  /** Upper bound of the first wait, in milliseconds. Default 500. */
  baseMs?: number;
  /** Upper bound of every wait, in milliseconds. Default 30 000. */
  capMs?: number;
  /** Tries in a row before giving up; `Infinity` is allowed. Default 8. */
  maxTries?: number;
}

/** Exponential backoff with full jitter: each wait is drawn between 0 and a bound that doubles. */
export class Backoff {
  private tries = 0;
  private wishMs: number | undefined;

  constructor(
    private readonly options: Required<BackoffOptions>,
    private readonly random: () => number = Math.random,
  ) {}

  /** Whether all tries in a row are used up. */
  get spent(): boolean {
    return this.tries >= this.options.maxTries;
  }

  /** The next wait, in milliseconds; it uses up a try. */
  nextMs(): number {
    const { baseMs, capMs } = this.options;
    const boundMs = Math.min(capMs, baseMs * 2 ** this.tries);
    // "At once" is obeyed once: somebody who says so again and again would be hammered.
    const waitMs = this.wishMs === undefined || (this.wishMs === 0 && this.tries > 0) ? undefined : this.wishMs;
    this.tries++;
    this.wishMs = undefined;
    return waitMs ?? this.random() * boundMs;
  }

  /** The server said when to come back: replaces the next wait. */
  wish(retryAfterMs: number): void {
    this.wishMs = retryAfterMs;
  }

  /** It worked. */
  reset(): void {
    this.tries = 0;
    this.wishMs = undefined;
  }
}
