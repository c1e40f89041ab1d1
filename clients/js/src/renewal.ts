import { Backoff, type BackoffOptions } from './backoff.js';
import type { Emitter } from './emitter.js';
import type { PostriderError } from './errors.js';
import type { Link } from './link.js';
import { MAX_TIMER_MS } from './settings.js';
import type { Tokens } from './tokens.js';

const MARGIN_MS = 60_000;
const MIN_MS = 1_000;

/** Renews the token of a connection before it expires. */
export class Renewal {
  readonly #tokens: Tokens;
  readonly #backoff: Backoff;
  readonly #link: Link;
  readonly #events: Emitter;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Number of the connection; the outcome for an earlier one is ignored. */
  #round = 0;

  constructor(tokens: Tokens, backoff: Required<BackoffOptions>, link: Link, events: Emitter) {
    this.#tokens = tokens;
    this.#backoff = new Backoff({ ...backoff, maxTries: Infinity });
    this.#link = link;
    this.#events = events;
  }

  /** @throws PostriderError as `ask` does, and `token_unavailable`. */
  async refresh(): Promise<void> {
    const round = this.#round;
    let inMs: number | undefined;
    try {
      const token = await this.#tokens.renew();
      this.#tokens.accept(await this.#link.ask<object>('refresh', { token }));
      this.#backoff.reset();
    } catch (error) {
      // Repeated until the token expires; then the server asks for a new one.
      inMs = this.#backoff.nextMs();
      throw error;
    } finally {
      if (round === this.#round) this.plan(inMs);
    }
  }

  /**
   * Sets the timer, with jitter: pages that got their tokens together do not renew them together.
   */
  plan(inMs?: number): void {
    const { livesMs } = this.#tokens;
    clearTimeout(this.#timer);
    if (livesMs <= 0) return;
    const marginMs = Math.min(MARGIN_MS, livesMs / 4) * (1 + Math.random());
    const waitMs = inMs ?? Math.max(livesMs - marginMs, MIN_MS);
    this.#timer = setTimeout(() => void this.#renew(), Math.min(waitMs, MAX_TIMER_MS));
  }

  /** Stops when the connection is gone. */
  stop(): void {
    this.#round++;
    clearTimeout(this.#timer);
  }

  async #renew(): Promise<void> {
    try {
      await this.refresh();
    } catch (error) {
      if (this.#link.state === 'open') this.#events.emit('error', error as PostriderError);
    }
  }
}
