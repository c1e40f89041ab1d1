/** Waits between tries to connect. */
export interface BackoffOptions {
  /** Upper bound of the first wait, in milliseconds. Default 500. */
  baseMs?: number;
  /** Upper bound of every quick wait, in milliseconds; slow ones take between this and twice as long. Default 30 000. */
  capMs?: number;
  /** Quick tries in a row; then the client is `suspended` and goes on slowly. `Infinity`: always quick. Default 8. */
  maxTries?: number;
}

/** The longest that a server can make the client wait. */
const MAX_LEAST_MS = 300_000;

/**
 * Exponential backoff with full jitter: each wait is drawn between 0 and a bound that doubles. When the tries are used
 * up, waits are slow ones.
 */
export class Backoff {
  private tries = 0;
  private waits = 0;

  constructor(private readonly options: Required<BackoffOptions>) {}

  /** True once all quick tries in a row are used up. */
  get spent(): boolean {
    return this.tries >= this.options.maxTries;
  }

  /**
   * The next wait, in milliseconds.
   * @param leastMs where it is not the network that failed: the least wait, which uses up no try.
   */
  nextMs(leastMs?: number): number {
    const { baseMs, capMs } = this.options;
    const { spent } = this;
    const boundMs = spent ? capMs : Math.min(capMs, baseMs * 2 ** this.waits++);
    if (leastMs === undefined) this.tries++;
    return Math.round(
      Math.max(Math.min(Number(leastMs) || 0, MAX_LEAST_MS), spent ? capMs : 0) + Math.random() * boundMs,
    );
  }

  /** Quick tries are of no use. */
  slow(): void {
    if (this.options.maxTries < Infinity) this.tries = this.options.maxTries;
  }

  /** It worked. */
  reset(): void {
    this.tries = this.waits = 0;
  }
}
