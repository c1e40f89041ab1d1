import { Backoff } from './backoff.js';
import { now } from './clock.js';
import type { Happening } from './connection-machine.js';
import type { Emitter } from './emitter.js';
import type { PostriderError } from './errors.js';
import type { Settings } from './options.js';
import { askWhy } from './refusal.js';

/** A connection that lives so long was a good one: tries are counted anew. */
const STABLE_MS = 5_000;

/** A time without a connection: how long to wait before each try, and the failure that is told of it. */
export class Outage {
  /** The try under way is one beyond those of the backoff: the application or the browser made it. */
  woken = false;
  /** Why handshakes fail, where the server had to be asked. */
  why: PostriderError | undefined;
  private told: PostriderError | undefined;
  private openedAt = 0;
  private readonly backoff: Backoff;

  constructor(
    private readonly settings: Settings,
    private readonly events: Emitter,
  ) {
    this.backoff = new Backoff(settings.backoff);
  }

  /** The application begins anew: tries are counted anew, too. */
  forget(): void {
    this.end();
    this.backoff.reset();
  }

  /** There is a connection, or the client is closed. */
  end(): void {
    this.told = this.why = undefined;
    this.woken = false;
    this.openedAt = now();
  }

  /** The code says something that was not told of this outage. */
  isNew({ code }: PostriderError): boolean {
    return this.told?.code !== code;
  }

  /** The next step after a failure that can get better, and when the next try begins. */
  next({ code, retryAfterMs }: PostriderError, wasOpen: boolean): [happening: Happening, inMs: number] {
    const { backoff } = this;
    if (wasOpen && now() - this.openedAt > STABLE_MS) backoff.reset();
    // An operator has to mend it.
    if (code === 'forbidden' && !wasOpen) backoff.slow();
    const isOffline = globalThis.navigator?.onLine === false;
    const leastMs = retryAfterMs ?? (isOffline ? this.settings.backoff.capMs : this.woken ? 0 : undefined);
    return [backoff.spent ? 'spent' : 'lost', backoff.nextMs(leastMs)];
  }

  /**
   * Tells of a failure, with the reason of it.
   * @param unexplained the server has to be asked for the reason.
   */
  tell(error: PostriderError, unexplained = false): void {
    this.told = error;
    if (unexplained && !this.why) void this.explain(error);
    else this.events.emit('error', error);
  }

  private async explain(error: PostriderError): Promise<void> {
    const { url, requestTimeoutMs } = this.settings;
    const why = await askWhy(url, requestTimeoutMs);
    if (this.told !== error) return;
    this.told = this.why = why ?? error;
    this.events.emit('error', this.told);
  }
}
