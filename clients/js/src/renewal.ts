import { Backoff, type BackoffOptions } from './backoff.js';
import type { PostriderError } from './errors.js';
import { MAX_TIMER_MS } from './options.js';
import type { Tokens } from './tokens.js';

const MARGIN_MS = 60_000;
const MIN_MS = 1_000;

/** Renews the token of a connection some time before it ends. */
export class Renewal {
  private readonly backoff: Backoff;
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** Number of the connection; what was asked for an earlier one is ignored. */
  private round = 0;

  constructor(
    private readonly tokens: Tokens,
    backoff: Required<BackoffOptions>,
    private readonly tell: (token: string) => Promise<object>,
    private readonly failed: (error: PostriderError) => void,
  ) {
    this.backoff = new Backoff({ ...backoff, maxTries: Infinity });
  }

  /** @throws PostriderError as of `ask`, and `token_unavailable`. */
  async refresh(): Promise<void> {
    const { round } = this;
    let inMs: number | undefined;
    try {
      this.tokens.accept(await this.tell(await this.tokens.get(true)));
      this.backoff.reset();
    } catch (error) {
      // Tried until the token ends; then the server sends this client for a new one.
      inMs = this.backoff.nextMs();
      throw error;
    } finally {
      if (round === this.round) this.plan(inMs);
    }
  }

  /** Sets the alarm: pages that got their tokens at the same time do not renew them at the same time. */
  plan(inMs?: number): void {
    const { livesMs } = this.tokens;
    const marginMs = Math.min(MARGIN_MS, livesMs / 4) * (1 + Math.random());
    inMs ??= Math.max(livesMs - marginMs, MIN_MS);
    clearTimeout(this.timer);
    if (livesMs > 0) this.timer = setTimeout(() => this.refresh().catch(this.failed), Math.min(inMs, MAX_TIMER_MS));
  }

  /** The connection is gone. */
  stop(): void {
    this.round++;
    clearTimeout(this.timer);
  }
}
