/** Waits between attempts to connect. */
export interface BackoffOptions {
  /** Upper bound of the first wait, in milliseconds. Default 500. */
  baseMs?: number;
  /**
   * Upper bound of every quick wait, in milliseconds. Slow waits are between this and twice as
   * long. Default 30,000.
   */
  capMs?: number;
  /**
   * Quick attempts in a row, after which the client is `suspended` and tries slowly. `Infinity`
   * keeps it quick. Default 8.
   */
  maxTries?: number;
}

/** Longest wait that a server can impose on the client. */
const MAX_LEAST_MS = 300_000;

/**
 * Exponential backoff with full jitter: each wait is drawn between 0 and a bound that doubles.
 * Waits are slow once the quick attempts are used up.
 */
export class Backoff {
  readonly #options: Required<BackoffOptions>;
  #tries = 0;
  #waits = 0;

  constructor(options: Required<BackoffOptions>) {
    this.#options = options;
  }

  /** True once the quick attempts in a row are used up. */
  get spent(): boolean {
    return this.#tries >= this.#options.maxTries;
  }

  /**
   * The next wait, in milliseconds.
   * @param leastMs minimum wait, if the network is not at fault. Such a wait uses up no attempt.
   */
  nextMs(leastMs?: number): number {
    const { baseMs, capMs } = this.#options;
    const { spent } = this;
    const boundMs = spent ? capMs : Math.min(capMs, baseMs * 2 ** this.#waits++);
    if (leastMs === undefined) this.#tries++;
    const minMs = Math.max(Math.min(Number(leastMs) || 0, MAX_LEAST_MS), spent ? capMs : 0);
    return Math.round(minMs + Math.random() * boundMs);
  }

  /** Gives up on quick attempts. */
  slow(): void {
    const { maxTries } = this.#options;
    if (maxTries < Infinity) this.#tries = maxTries;
  }

  /** Starts over after a success. */
  reset(): void {
    this.#tries = 0;
    this.#waits = 0;
  }
}
