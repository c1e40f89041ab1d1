import { now } from './clock.js';

/**
 * Detects a silent server. Every frame is a sign of life. One timer checks now and then, instead of
 * one per frame.
 */
export class Pulse {
  readonly #silent: (forMs: number) => void;
  #seenAt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(silent: (forMs: number) => void) {
    this.#silent = silent;
  }

  /** Notes a sign of life. */
  beat(): void {
    this.#seenAt = now();
  }

  /**
   * Allows this much silence from now on.
   * @param soonMs shorter limit for the first check.
   */
  watch(limitMs: number, soonMs = limitMs, inMs = soonMs): void {
    this.stop();
    this.#timer = setTimeout(() => {
      const forMs = Math.round(now() - this.#seenAt);
      if (forMs < soonMs) this.watch(limitMs, limitMs, limitMs - forMs);
      else this.#silent(forMs);
    }, inMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
