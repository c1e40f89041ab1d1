export interface BackoffOptions {
  /** Upper bound of the first wait. */
  baseMs?: number;
  /** Upper bound of every wait. */
  capMs?: number;
  /** Tries in a row before giving up. */
  maxTries?: number;
}

/** Exponential backoff with full jitter: each wait is drawn between 0 and a bound that doubles. */
export class Backoff {
  private tries = 0;
  private override?: number;

  constructor(private readonly options: BackoffOptions = {}) {}

  /** Returns the next wait, or undefined after too many tries in a row. */
  nextMs(): number | undefined {
    const { baseMs = 500, capMs = 30_000, maxTries = 8 } = this.options;
    if (this.tries >= maxTries) return undefined;
    const boundMs = Math.min(capMs, baseMs * 2 ** this.tries);
    const waitMs = this.override ?? Math.random() * boundMs;
    this.tries += 1;
    this.override = undefined;
    return waitMs;
  }

  /** Uses the wait that the server asked for. */
  waitInstead(ms: number): void {
    this.override = ms;
  }

  reset(): void {
    this.tries = 0;
  }
}
