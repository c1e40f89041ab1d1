import { Backoff } from './backoff.js';
import { now } from './clock.js';
import type { Happening } from './connection-machine.js';
import type { Emitter } from './emitter.js';
import type { PostriderError } from './errors.js';
import { explain } from './explain.js';
import type { Settings } from './settings.js';

/** Age from which a connection counts as stable, so that the count of attempts restarts. */
const STABLE_MS = 5_000;

/** Outage of the connection: the wait before each attempt, and the failure that was reported. */
export class Outage {
  /**
   * True if the application or the browser caused this attempt, so that the backoff does not count
   * it.
   */
  woken = false;
  /** Reason for failed handshakes, if the server had to be asked. */
  why: PostriderError | undefined;
  readonly #settings: Settings;
  readonly #events: Emitter;
  readonly #backoff: Backoff;
  #reported: PostriderError | undefined;
  #openedAt = 0;

  constructor(settings: Settings, events: Emitter) {
    this.#settings = settings;
    this.#events = events;
    this.#backoff = new Backoff(settings.backoff);
  }

  /** Starts over because the application asks for a connection. */
  forget(): void {
    this.end();
    this.#backoff.reset();
  }

  /** Ends the outage: there is a connection, or the client is closed. */
  end(): void {
    this.#reported = undefined;
    this.why = undefined;
    this.woken = false;
    this.#openedAt = now();
  }

  /** True if the code was not reported in this outage. */
  isNew({ code }: PostriderError): boolean {
    return this.#reported?.code !== code;
  }

  /** Returns the next step after a retryable failure, and the wait before the next attempt. */
  next(error: PostriderError, wasOpen: boolean): [happening: Happening, error: PostriderError, inMs: number] {
    const { code, retryAfterMs } = error;
    const backoff = this.#backoff;
    if (wasOpen && now() - this.#openedAt > STABLE_MS) backoff.reset();
    // Only an operator can fix that.
    if (code === 'forbidden' && !wasOpen) backoff.slow();
    return [backoff.spent ? 'spent' : 'lost', error, backoff.nextMs(retryAfterMs ?? this.#leastMs())];
  }

  /**
   * Reports a failure.
   * @param unexplained true if the server has to be asked for the reason.
   */
  report(error: PostriderError, unexplained = false): void {
    this.#reported = error;
    if (unexplained && !this.why) void this.#explain(error);
    else this.#events.emit('error', error);
  }

  #leastMs(): number | undefined {
    const { capMs } = this.#settings.backoff;
    if (globalThis.navigator?.onLine === false) return capMs;
    return this.woken ? 0 : undefined;
  }

  async #explain(error: PostriderError): Promise<void> {
    const { url, requestTimeoutMs } = this.#settings;
    const why = (await explain(url, requestTimeoutMs)) ?? error;
    if (this.#reported !== error) return;
    this.#reported = why;
    this.why = why;
    this.#events.emit('error', why);
  }
}
