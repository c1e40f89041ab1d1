import { bounded } from './bounded.js';
import { now } from './clock.js';
import { PostriderError, textOf } from './errors.js';

/** A token that ends within this time is not used for a new connection. */
const MARGIN_MS = 5_000;

/** The server's words about time, in `welcome` and `refreshed`. */
interface Told {
  serverTimeMs?: unknown;
  expiresAt?: unknown;
}

/** Gets tokens from the application and knows, by the server's clock, when they end. */
export class Tokens {
  private current: unknown;
  /** The application has just given it, and no server has taken it yet. */
  private untried = false;
  /** When the current token ends (ms since 1970), where that is known. */
  private expiresAt = 0;
  /** The server's time less `now()`; our own time less it as long as the server's is not known. */
  private offsetMs = Date.now() - now();

  constructor(
    private readonly ask: () => string | Promise<string>,
    private readonly timeoutMs: number,
  ) {}

  /**
   * The current token while it lives, else a new one.
   * @throws PostriderError `token_unavailable` where the application has none.
   */
  async get(fresh?: boolean): Promise<string> {
    const { timeoutMs } = this;
    if (fresh || !this.current || this.livesMs < MARGIN_MS) {
      try {
        const token: unknown = await bounded(
          (async () => this.ask())(),
          timeoutMs,
          () => new Error(`no answer within ${timeoutMs} ms`),
        );
        if (!token || typeof token !== 'string') {
          throw new TypeError(`token() gave ${token ? typeof token : JSON.stringify(token)}, no token`);
        }
        this.current = token;
        this.untried = true;
        this.expiresAt = expiryOf(token);
      } catch (cause) {
        throw new PostriderError('token_unavailable', textOf(cause), true, cause, 0);
      }
    }
    return this.current as string;
  }

  /** The server does not take the current token. @returns whether the application had just given it. */
  refuse(): boolean {
    this.current = undefined;
    return this.untried;
  }

  /** The server took the current token, and may have told its time and when the token ends. */
  accept({ serverTimeMs, expiresAt }: Told): void {
    this.untried = false;
    if (Number.isFinite(serverTimeMs)) this.offsetMs = (serverTimeMs as number) - now();
    this.expiresAt = Date.parse(expiresAt as string) || this.expiresAt;
  }

  /** How long the token lives, in milliseconds; not positive where that is not known. */
  get livesMs(): number {
    return this.expiresAt - this.offsetMs - now();
  }
}

/** `exp` of a JWT in milliseconds, not verified; 0 for anything else. */
function expiryOf(token: string): number {
  try {
    const payload = token.split('.')[1]?.replace(/-/g, '+').replace(/_/g, '/');
    return Number(JSON.parse(atob(payload ?? '')).exp) * 1_000 || 0;
  } catch {
    return 0;
  }
}
