import { bounded } from './bounded.js';
import { now } from './clock.js';
import { PostriderError, textOf } from './errors.js';

/** Remaining lifetime below which a token is not used for a new connection. */
const MARGIN_MS = 5_000;

/** Times in `welcome` and `refreshed`. */
interface ServerTimes {
  serverTimeMs?: unknown;
  expiresAt?: unknown;
}

/** Tokens of the application, with their expiry by the server's clock. */
export class Tokens {
  readonly #ask: () => string | Promise<string>;
  readonly #timeoutMs: number;
  #current: string | undefined;
  /** True if the token is new and no server has accepted it yet. */
  #untried = false;
  /** Expiry of the current token (ms since 1970), if known. */
  #expiresAt = 0;
  /** The server's time minus `now()`; the page's own time until the server's is known. */
  #offsetMs = Date.now() - now();

  constructor(ask: () => string | Promise<string>, timeoutMs: number) {
    this.#ask = ask;
    this.#timeoutMs = timeoutMs;
  }

  /**
   * Returns the current token while it is valid, or else a new one.
   * @throws PostriderError `token_unavailable`.
   */
  async get(): Promise<string> {
    return this.#current && this.livesMs >= MARGIN_MS ? this.#current : this.renew();
  }

  /** Asks the application for a token. @throws PostriderError `token_unavailable`. */
  async renew(): Promise<string> {
    const late = (): Error => new Error(`no answer within ${this.#timeoutMs} ms`);
    try {
      const token: unknown = await bounded((async () => this.#ask())(), this.#timeoutMs, late);
      if (!token || typeof token !== 'string') {
        throw new TypeError(`token() returned ${token ? typeof token : JSON.stringify(token)}, not a token`);
      }
      this.#current = token;
      this.#untried = true;
      this.#expiresAt = expiryOf(token);
      return token;
    } catch (cause) {
      throw new PostriderError('token_unavailable', textOf(cause), true, cause, 0);
    }
  }

  /** Forgets the current token because the server refused it. @returns true if it was new. */
  refuse(): boolean {
    this.#current = undefined;
    return this.#untried;
  }

  /** Notes that the server accepted the current token, and the times that it sent. */
  accept({ serverTimeMs, expiresAt }: ServerTimes): void {
    this.#untried = false;
    if (Number.isFinite(serverTimeMs)) this.#offsetMs = (serverTimeMs as number) - now();
    this.#expiresAt = Date.parse(expiresAt as string) || this.#expiresAt;
  }

  /** Remaining lifetime of the token, in milliseconds; zero or negative if unknown. */
  get livesMs(): number {
    return this.#expiresAt - this.#offsetMs - now();
  }
}

/** Returns `exp` of a JWT in milliseconds, not verified; 0 for anything else. */
function expiryOf(token: string): number {
  try {
    const payload = token.split('.')[1]?.replace(/-/g, '+').replace(/_/g, '/');
    return Number(JSON.parse(atob(payload ?? '')).exp) * 1_000 || 0;
  } catch {
    return 0;
  }
}
